//! SIGNAL HANDLER. From registers to a stack: the one loop that all who take stacks share.

use super::machine::{Interruption, sanitize};
use crate::code::{Cache, Unwinder};
use framehop::FrameAddress;

/// Where a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// At the root of the stack.
    Root,
    /// Where `push` took no more.
    NoRoom,
    /// Where the caller could not be found.
    Lost,
}

/// Gives the stack of an interrupted thread to `push`, leaf first, until it takes no more. `read` reads a word of the
/// stack. Async-signal-safe if both are.
pub(crate) fn walk(
    unwinder: &Unwinder,
    interrupted: &Interruption,
    cache: &mut Cache,
    mut read: impl FnMut(u64) -> Result<u64, ()>,
    mut push: impl FnMut(u64) -> bool,
) -> End {
    let mut registers = interrupted.registers;
    let mut address = FrameAddress::from_instruction_pointer(interrupted.pc);
    push(interrupted.pc);
    loop {
        match unwinder.step(address, &mut registers, cache, &mut read) {
            Ok(Some(caller)) => {
                let Some(next) = FrameAddress::from_return_address(caller) else { return End::Root };
                if !push(caller) {
                    return End::NoRoom;
                }
                sanitize(&mut registers);
                address = next;
            }
            Ok(None) => return End::Root,
            Err(_) => return End::Lost,
        }
    }
}
