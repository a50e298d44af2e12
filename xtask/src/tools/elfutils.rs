//! The stacks of a process's threads, by elfutils: on the machine, else Debian's.

use std::path::Path;

use super::debian::Debian;
use super::files::on_path;
use super::store::Store;
use crate::failure::Outcome;
use crate::step::Step;

pub(super) fn thread_stacks(store: &Store, debian: &Debian, process: u32) -> Outcome<String> {
    let program =
        on_path("eu-stack").map_or_else(|| fetched(store, debian), |program| Ok(Step::new(program)))?;
    let output = program.args(["--source", "--inlines", "--pid", &process.to_string()]).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
}

fn fetched(store: &Store, debian: &Debian) -> Outcome<Step> {
    let fill = |folder: &Path| debian.unpack_with_dependencies(&["elfutils"], folder);
    let folder = store.complete("elfutils", "newest", fill)?;
    let libraries = folder.join(format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH));
    Ok(Step::new(folder.join("usr/bin/eu-stack")).env("LD_LIBRARY_PATH", libraries))
}
