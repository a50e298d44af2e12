//! Moving the thread to one CPU.

use super::error::Error;
use super::piece::{Piece, Pieces};
use super::state::{CpuSet, State, set_affinity};

/// Moves this thread to `cpu`; the error names the CPUs that are allowed.
pub(super) fn move_to(cpu: usize) -> Result<(), Error> {
    let moved = CpuSet::one(cpu).is_some_and(|set| set_affinity(&set).is_ok());
    if moved { Ok(()) } else { Err(Error::CpuNotAllowed { cpu, allowed: allowed().to_string() }) }
}

/// All that the cpuset allows, which may be more than this thread runs on: what is left of every CPU.
#[cold]
fn allowed() -> CpuSet {
    let before = State::take(Pieces::NONE.with(Piece::Affinity), None);
    drop(set_affinity(&CpuSet::ALL));
    let allowed = State::take(Pieces::NONE.with(Piece::Affinity), None).affinity();
    drop(set_affinity(&before.affinity()));
    allowed
}
