//! Says once what the sources would otherwise each say.
//!
//! * `sampler`: what the signal handlers need, Linux on x86-64 or aarch64.
//! * `complete`: there, with everyone who uses what the observers share. Only then is code that nobody uses a fault.

use std::env::{var, var_os};

/// The modules that use `capture`, `process` and what else they share.
const OBSERVERS: [&str; 5] = ["CRASH", "PROFILE", "SIGNALS", "STACKS", "TRACE"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(sampler)");
    println!("cargo::rustc-check-cfg=cfg(complete)");
    let target = |what: &str| var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") != "linux" || !["x86_64", "aarch64"].contains(&&*target("ARCH")) {
        return;
    }
    println!("cargo::rustc-cfg=sampler");
    if OBSERVERS.iter().all(|name| var_os(format!("CARGO_FEATURE_{name}")).is_some()) {
        println!("cargo::rustc-cfg=complete");
    }
}
