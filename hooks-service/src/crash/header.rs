//! The line before each run's reports: which process, when, which build.

use crate::code::Module;
use crate::stacks::utc::utc;
use std::path::PathBuf;
use std::time::SystemTime;

/// The line for this process, started now.
pub(super) fn line(modules: &[Module]) -> String {
    let build_id = modules.iter().find(|module| module.is_executable()).map(|module| &*module.build_id);
    let build_id = build_id.filter(|id| !id.is_empty()).unwrap_or("none");
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("unknown"));
    let (process, time) = (std::process::id(), utc(SystemTime::now()));
    format!(
        "\n=== crash output of process {process}, {time}, build id {build_id}, {} ===\n",
        program.display()
    )
}
