//! One name for what the signal handlers need: `cfg(sampler)` is Linux on x86-64 or aarch64.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(sampler)");
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && ["x86_64", "aarch64"].contains(&&*target("ARCH")) {
        println!("cargo::rustc-cfg=sampler");
    }
}
