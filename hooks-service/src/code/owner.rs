//! Whose a function is: the program's, or of a package, std or a C library that it uses.

/// By the source file, as debug information names it; by the name alone where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner<'a> {
    /// The program: its workspace, and what it uses by path.
    Program,
    /// Rust's own libraries.
    Std,
    /// A package that cargo fetched; those that run other people's code also without a file.
    Package(&'a str),
    /// A C library, or the kernel.
    System,
    /// It has no file, and its name says nothing.
    Unknown,
}

/// What threads of pools wait in, and what runs between a thread's start and the program's code.
const RUNTIMES: [&str; 20] = [
    "async_executor",
    "async_io",
    "axum",
    "crossbeam_channel",
    "crossbeam_epoch",
    "crossbeam_utils",
    "futures_channel",
    "futures_core",
    "futures_executor",
    "futures_util",
    "hyper",
    "hyper_util",
    "mio",
    "parking_lot",
    "parking_lot_core",
    "polling",
    "rayon",
    "rayon_core",
    "tokio",
    "tower",
];

/// Where rustc says that its own library is, or rustup has put it.
const LIBRARY: [&str; 2] = ["/lib/rustlib/src/rust/library/", "/library/"];

impl<'a> Owner<'a> {
    pub(crate) fn of(function: &'a str, file: Option<&'a str>) -> Self {
        match package_of_ours(function) {
            Some(ours) => Self::Package(ours),
            None => file.map_or_else(|| Self::of_name(function), Self::of_file),
        }
    }

    fn of_file(file: &'a str) -> Self {
        let is_c = [".c", ".S", ".s"].iter().any(|ending| file.ends_with(ending));
        if in_library(file).is_some() || file.starts_with("/rust/deps/") {
            Self::Std
        } else if let Some(inside) = in_cargo(file) {
            Self::Package(package(inside))
        } else if is_c && of_c_library(file) {
            Self::System
        } else {
            Self::Program
        }
    }

    fn of_name(function: &'a str) -> Self {
        if let Some((file, _)) = function.split_once("+0x") {
            // A place: of a library, or of the program, whose functions have no names.
            return if file.contains(".so") { Self::System } else { Self::Unknown };
        }
        let name = function.trim_start_matches(['<', '&', '*', '(', '[']);
        let krate = name.split("::").next().unwrap_or_default();
        match krate {
            "std" | "core" | "alloc" | "__rustc" => Self::Std,
            _ if RUNTIMES.contains(&krate) && name.len() > krate.len() => Self::Package(krate),
            _ if krate.starts_with("__rust") || krate.starts_with("rust_") => Self::Std,
            _ if name.contains("::") => Self::Unknown,
            _ => Self::System,
        }
    }
}

/// These crates, which are used by path where they are developed.
fn package_of_ours(function: &str) -> Option<&'static str> {
    let name = function.trim_start_matches('<');
    ["hooks_runtime", "hooks_service"]
        .into_iter()
        .find(|krate| name.strip_prefix(krate).is_some_and(|rest| rest.starts_with("::")))
}

/// The part of a path behind the folder of Rust's library: `core/src/ops/function.rs`.
fn in_library(file: &str) -> Option<&str> {
    let [installed, built] = LIBRARY;
    let of_rustc = || file.strip_prefix("/rustc/")?.split_once(built).map(|(_, inside)| inside);
    file.split_once(installed).map(|(_, inside)| inside).or_else(of_rustc)
}

/// The part of a path behind the folder that cargo keeps sources in: `tokio-1.47.1/src/lib.rs`.
fn in_cargo(file: &str) -> Option<&str> {
    let of_index = || file.split_once("/registry/src/")?.1.split_once('/').map(|(_, inside)| inside);
    let of_git = || file.split_once("/git/checkouts/").map(|(_, inside)| inside);
    let vendored = || file.split_once("/vendor/").map(|(_, inside)| inside);
    of_index().or_else(of_git).or_else(vendored)
}

/// The name of the package at the start of a path, without version or hash.
fn package(inside: &str) -> &str {
    let folder = inside.split('/').next().unwrap_or_default();
    match folder.rsplit_once('-') {
        Some((name, version)) if version.contains(|character: char| character.is_ascii_digit()) => name,
        _ => folder,
    }
}

/// Where distributions build them.
fn of_c_library(file: &str) -> bool {
    const FOLDERS: [&str; 8] =
        ["/build/", "/usr/src/", "../", "./nptl/", "./csu/", "./signal/", "./stdlib/", "./misc/"];
    FOLDERS.iter().any(|folder| file.starts_with(folder)) || file.contains("/sysdeps/")
}

/// A path with what is the same everywhere left out: `$CARGO/tokio-1.47.1/src/lib.rs`, `$RUST/core/src/ops/function.rs`.
pub(crate) fn shortened(file: &str) -> (&'static str, &str) {
    match (in_library(file), in_cargo(file)) {
        (Some(inside), _) => ("$RUST/", inside),
        (None, Some(inside)) if !file.contains("/vendor/") => ("$CARGO/", inside),
        _ => ("", file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_say_whose_a_function_is_and_names_where_there_are_none() {
        let crates = "/home/a/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f";
        let axum = format!("{crates}/axum-core-0.5.6/src/body.rs");
        let zstd = format!("{crates}/zstd-sys-2.0.1+zstd.1.5/zstd/lib/a.c");
        for (function, file, owner) in [
            ("shop::list", Some("/home/a/shop/src/orders.rs"), Owner::Program),
            ("shop::list", Some("./src/orders.rs"), Owner::Program),
            ("shop_parse", Some("/home/a/shop/csrc/parse.c"), Owner::Program),
            ("f", Some("/rustc/5980/library/core/src/ops/function.rs"), Owner::Std),
            ("f", Some("/t/lib/rustlib/src/rust/library/std/src/rt.rs"), Owner::Std),
            ("f", Some("/rust/deps/hashbrown-0.15.2/src/raw.rs"), Owner::Std),
            ("f", Some(axum.as_str()), Owner::Package("axum-core")),
            ("ZSTD_x", Some(zstd.as_str()), Owner::Package("zstd-sys")),
            ("f", Some("/home/a/.cargo/git/checkouts/sqlx-09ab12/77d/src/lib.rs"), Owner::Package("sqlx")),
            ("f", Some("/home/a/shop/vendor/libc/src/lib.rs"), Owner::Package("libc")),
            ("start", Some("/build/musl/src/env/__libc_start_main.c"), Owner::System),
            (
                "<hooks_runtime::labels::Labeled<F> as X>::poll",
                Some("/h/src/l.rs"),
                Owner::Package("hooks_runtime"),
            ),
            ("core::ptr::read", None, Owner::Std),
            ("<alloc::boxed::Box<F> as core::ops::FnOnce>::call_once", None, Owner::Std),
            ("__rustc::rust_begin_unwind", None, Owner::Std),
            ("tokio::task::spawn", None, Owner::Package("tokio")),
            ("tokiooo::task::spawn", None, Owner::Unknown),
            ("shop::list", None, Owner::Unknown),
            ("syscall", None, Owner::System),
            ("libc.so.6+0x9a3f0", None, Owner::System),
            ("shop+0x9a3f0", None, Owner::Unknown),
            ("<parking_lot_core::X as P>::park", None, Owner::Package("parking_lot_core")),
        ] {
            assert_eq!(Owner::of(function, file), owner, "{function} {file:?}");
        }
    }

    #[test]
    fn paths_are_shortened_to_what_differs() {
        for (file, short) in [
            (
                "/h/.cargo/registry/src/index-19/tokio-1.47.1/src/lib.rs",
                ("$CARGO/", "tokio-1.47.1/src/lib.rs"),
            ),
            ("/h/.cargo/git/checkouts/x-1f/77d/src/lib.rs", ("$CARGO/", "x-1f/77d/src/lib.rs")),
            ("/rustc/5980/library/core/src/a.rs", ("$RUST/", "core/src/a.rs")),
            ("/t/lib/rustlib/src/rust/library/std/src/rt.rs", ("$RUST/", "std/src/rt.rs")),
            ("/home/a/shop/library/src/a.rs", ("", "/home/a/shop/library/src/a.rs")),
            ("/home/a/vendor/libc/src/lib.rs", ("", "/home/a/vendor/libc/src/lib.rs")),
        ] {
            assert_eq!(shortened(file), short);
        }
    }
}
