//! Every lane, in the order of a run: what fails fast first, then what everyone breaks, then what is slow.

mod aarch64;
mod analyzer;
mod counted;
mod docs;
mod example;
mod go;
mod loom;
mod msrv;
mod pages;
mod release;
mod sanitizers;
mod style;
mod tests;
pub(crate) use tests::with_go;
mod tree;

use crate::lane::Lane;

pub(crate) const ALL: &[Lane] = &[
    Lane { name: "format", about: "rustfmt finds nothing to change", run: style::format },
    Lane {
        name: "tree",
        about: "who may depend on whom; no second syn; pages have their sections, and links that lead somewhere",
        run: tree::run,
    },
    Lane { name: "go", about: "fetch Go and build its pprof, which tests run", run: go::run },
    Lane { name: "clippy", about: "clippy on all targets and features, warnings denied", run: style::clippy },
    Lane { name: "rustdoc", about: "documentation builds, warnings denied", run: docs::build },
    Lane {
        name: "tests",
        about: "unit, integration, trybuild and twin tests, each in its own process",
        run: tests::run,
    },
    Lane { name: "doctests", about: "the examples in the documentation", run: docs::test },
    Lane { name: "release", about: "sites and labels in release and with fat LTO", run: release::run },
    Lane {
        name: "example",
        about: "the example service runs and writes profiles that pprof reads",
        run: example::run,
    },
    Lane { name: "msrv", about: "the oldest supported Rust compiles the crates", run: msrv::run },
    Lane {
        name: "benches",
        about: "the benches and the peers compile, warnings denied",
        run: style::benches,
    },
    Lane { name: "loom", about: "model checking of the lock-free parts", run: loom::run },
    Lane { name: "address", about: "tests under AddressSanitizer", run: sanitizers::address },
    Lane {
        name: "thread",
        about: "tests under ThreadSanitizer, standard library included",
        run: sanitizers::thread,
    },
    Lane {
        name: "aarch64",
        about: "tests cross-compiled and run by qemu (--full: all of them)",
        run: aarch64::run,
    },
    Lane {
        name: "rust-analyzer",
        about: "half-typed code: same diagnostics as the plain twin",
        run: analyzer::run,
    },
];
