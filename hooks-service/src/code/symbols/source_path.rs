//! The module a source file is, for names that come without one.

/// `core::cmp` for `/rustc/…/library/core/src/cmp.rs`, `itoa` for `…/itoa-1.0.11/src/lib.rs`.
///
/// Debug information with lines only calls an inlined function `lt`; with the module of its file it is `core::cmp::lt`.
/// The type of a method stays unknown, and a crate whose folder has another name is named by the folder.
pub(crate) fn module_path(file: &str) -> Option<String> {
    let stem = file.strip_suffix(".rs")?;
    let Some((folder, inside)) = stem.rsplit_once("/src/") else {
        return stem.rsplit('/').next().map(str::to_owned);
    };
    let package = folder.rsplit('/').next().filter(|name| !matches!(*name, "" | "." | ".."))?;
    let inner = inside.split('/').filter(|part| !matches!(*part, "lib" | "main" | "mod"));
    let parts: Vec<String> = std::iter::once(crate_name(package)).chain(inner.map(str::to_owned)).collect();
    Some(parts.join("::"))
}

/// The folder of a package without the version that cargo adds.
fn crate_name(package: &str) -> String {
    let name = match package.rsplit_once('-') {
        Some((name, version)) if version.starts_with(|first: char| first.is_ascii_digit()) => name,
        _ => package,
    };
    name.replace('-', "_")
}

/// Whether a name as debug information has it is a bare identifier, perhaps with type arguments: `lt`, `write<u8>`.
pub(crate) fn is_bare(name: &str) -> bool {
    let identifier = name.split('<').next().unwrap_or_default();
    !identifier.is_empty() && !identifier.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_modules() {
        let path = |file| module_path(file).unwrap_or_default();
        assert_eq!(path("/rustc/5980/library/core/src/slice/sort/mod.rs"), "core::slice::sort");
        assert_eq!(path("/home/a/.cargo/registry/src/index/serde-json-1.0.2/src/ser.rs"), "serde_json::ser");
        assert_eq!(path("/home/a/my-service/src/main.rs"), "my_service");
        assert_eq!(path("/home/a/my-service/examples/load.rs"), "load");
        assert_eq!(path("/build/glibc/malloc/malloc.c"), "");
        assert_eq!(path("/rustc/5980/library/std/../src/x.rs"), "");
    }

    #[test]
    fn only_names_without_a_path_are_bare() {
        assert!(
            is_bare("lt")
                && is_bare("write<u8>")
                && is_bare("drop<alloc::vec::Vec<u8>>")
                && is_bare("{closure#0}")
        );
        assert!(!is_bare("core::cmp::lt") && !is_bare("<u8 as core::fmt::Debug>::fmt"));
    }
}
