//! Nothing to build: `links` in `Cargo.toml`, by which there is one copy of this crate in a program, asks for a script.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
