//! Which file the program is: not always `/proc/self/exe`, which is the dynamic linker where that was started with the program
//! as its argument (`ld.so ./program`, as bundles and wrappers do).

use std::ffi::OsString;
use std::fs;
use std::sync::OnceLock;

/// What the kernel appends to the path of a file that was removed.
const DELETED: &str = " (deleted)";

/// The path of the program's file, as it was when it was mapped.
pub(crate) fn path() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| headers().and_then(mapped_at).unwrap_or_else(started))
}

/// Whether the file that was started is the program.
pub(crate) fn was_started_directly() -> bool {
    without_remark(&started()) == without_remark(path())
}

/// What the kernel started.
fn started() -> String {
    let started = fs::read_link("/proc/self/exe").or_else(|_| std::env::current_exe()).unwrap_or_default();
    started.to_string_lossy().into_owned()
}

/// The path without the kernel's remark.
pub(super) fn without_remark(path: &str) -> &str {
    path.strip_suffix(DELETED).unwrap_or(path)
}

/// How the dynamic linker is started with this program, after its name. `None`: it was not.
#[cfg(target_os = "linux")]
pub(crate) fn for_the_linker() -> Option<Vec<OsString>> {
    use std::os::unix::ffi::OsStringExt;
    if was_started_directly() {
        return None;
    }
    // The linker's own arguments come first, and are not among the program's.
    let words = fs::read("/proc/self/cmdline").ok()?;
    let words: Vec<_> = words.strip_suffix(b"\0")?.split(|byte| *byte == 0).collect();
    let own = words.len().checked_sub(std::env::args_os().len())?;
    let own = words.get(1..own)?.iter().map(|word| OsString::from_vec(word.to_vec()));
    Some(own.chain([path().into()]).collect())
}

/// The file that is mapped at `address`, by its path from the root: whatever the working directory was then.
pub(super) fn mapped_at(address: u64) -> Option<String> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let holds = |line: &&str| {
        let range = line.split(' ').next().and_then(|range| range.split_once('-'));
        let range = range.map(|(start, end)| [start, end].map(|bound| u64::from_str_radix(bound, 16)));
        matches!(range, Some([Ok(start), Ok(end)]) if (start..end).contains(&address))
    };
    let line = maps.lines().find(holds)?;
    line.find('/').map(|start| line[start..].to_owned())
}

/// Where the kernel, or the dynamic linker in its place, says that the program is.
fn headers() -> Option<u64> {
    // SAFETY: reads the vector that the kernel left on the initial stack.
    #[cfg(target_os = "linux")]
    return Some(unsafe { libc::getauxval(libc::AT_PHDR) }).filter(|address| *address != 0);
    #[cfg(not(target_os = "linux"))]
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_the_file_that_this_code_is_mapped_from() {
        let here = mapped_at(path as *const () as u64);
        assert_eq!(here.as_deref(), Some(path()));
        assert!(was_started_directly() && for_the_linker().is_none());
        assert_eq!(mapped_at(8), None);
        assert_eq!(without_remark("/srv/service (deleted)"), "/srv/service");
    }
}
