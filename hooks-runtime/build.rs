//! Nothing to build: `links` in `Cargo.toml`, by which there is one copy of this crate in a program, asks for a script. It
//! says once what the sources would otherwise each say.
//!
//! * `kernel`: Linux itself, and not what Miri makes of it.
//! * `guarded`: where faults of a guarded copy are recovered, by assembly and a signal handler.

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(kernel)");
    println!("cargo::rustc-check-cfg=cfg(guarded)");
    let target = |what: &str| var(format!("CARGO_CFG_{what}")).unwrap_or_default();
    if target("TARGET_OS") != "linux" || var("CARGO_CFG_MIRI").is_ok() {
        return;
    }
    println!("cargo::rustc-cfg=kernel");
    let is_known = ["x86_64", "aarch64"].contains(&target("TARGET_ARCH").as_str());
    if is_known && target("TARGET_POINTER_WIDTH") == "64" {
        println!("cargo::rustc-cfg=guarded");
    }
}
