//! What tests need to ask for names of their own functions.

use object::read::Object;

use super::Module;
use super::image::hexadecimal;

/// The address of an instruction in the caller, inlined into it.
#[expect(clippy::inline_always, reason = "the tests ask for inlined frames, also without optimisation")]
#[inline(always)]
pub(crate) fn here() -> u64 {
    let address: u64;
    // SAFETY: reads the program counter, nothing else.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::asm!("lea {}, [rip]", out(reg) address, options(nomem, nostack, preserves_flags));
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!("adr {}, .", out(reg) address, options(nomem, nostack, preserves_flags));
    }
    address
}

/// The executable mappings of this process, from the kernel's list and the files' headers.
pub(crate) fn loaded_modules() -> Vec<Module> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    maps.lines().filter_map(module).collect()
}

fn module(line: &str) -> Option<Module> {
    let mut fields = line.split_whitespace();
    let (range, permissions, offset) = (fields.next()?, fields.next()?, fields.next()?);
    let path = fields.nth(2)?;
    let (start, end) = range.split_once('-')?;
    let [start, end, file_offset] = [start, end, offset].map(|hex| u64::from_str_radix(hex, 16).unwrap());
    if !permissions.contains('x') {
        return None;
    }
    let (bias, build_id) =
        if path.starts_with('[') { (start, String::new()) } else { headers(path, start, file_offset) };
    let (path, build_id) = (path.into(), build_id.into());
    Some(Module { start, end, file_offset, bias, path, build_id })
}

fn headers(path: &str, start: u64, file_offset: u64) -> (u64, String) {
    use object::read::ObjectSegment;
    let bytes = std::fs::read(path).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let holds = |offset: u64, size: u64| {
        (file_offset..file_offset + 4096).contains(&offset) || (offset..offset + size).contains(&file_offset)
    };
    let segment = file.segments().find(|segment| {
        let (offset, size) = segment.file_range();
        segment.permissions().executable() && holds(offset, size)
    });
    let segment = segment.unwrap();
    let address = segment.address() - segment.file_range().0 + file_offset;
    let build_id = file.build_id().unwrap().unwrap_or_default();
    (start - address, hexadecimal(build_id))
}
