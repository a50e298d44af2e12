//! This program, to be started again.

use std::process::Command;

/// Under the emulator that runs it, if one does: the kernel knows nothing of that, and would be given a program of another
/// processor. `cargo xtask test aarch64` sets the variable.
pub(crate) fn command() -> Command {
    let program = std::env::current_exe().unwrap();
    let Some(emulator) = emulator() else { return Command::new(program) };
    let mut command = Command::new(emulator);
    command.arg(program);
    command
}

pub(crate) fn emulator() -> Option<String> {
    std::env::var("HOOKS_EMULATOR").ok()
}
