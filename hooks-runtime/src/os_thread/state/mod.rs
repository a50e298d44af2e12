//! What a thread's own state is at one moment, and putting it back. Linux; elsewhere nothing is read and nothing put back.
//!
//! In: which `piece`s are asked for, and at the end which of them are to be put back.
//! Out: what they are now, and later each [`Change`] that is left; by system calls on `linux`, and nothing where that
//! is `unsupported`.

#[cfg(kernel)]
mod linux;
mod piece;
#[cfg(not(kernel))]
mod unsupported;

#[cfg(kernel)]
pub(super) use linux::{Probe, State, move_to};
pub use piece::Piece;
pub(super) use piece::Pieces;
#[cfg(not(kernel))]
pub(super) use unsupported::{Probe, State, move_to};

/// A piece of thread state that is not what it was.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Change {
    /// What has changed.
    pub piece: Piece,
    /// What it was when the fn was entered.
    pub before: String,
    /// What it was when the fn had returned and what it declared had been put back.
    pub after: String,
}
