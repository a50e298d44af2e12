//! Names for functions of the test binary itself, and for files that are missing, replaced or broken.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use object::read::{Object, ObjectSection, ObjectSymbol};

use super::image::Image;
use super::test_support::{here, loaded_modules};
use super::*;

/// An address in this function and the line of the call that stands there.
#[inline(never)]
fn known() -> (u64, u32) {
    (here(), line!())
}

fn function_address(function: fn() -> (u64, u32)) -> u64 {
    function as usize as u64
}

const KNOWN: &str = "hooks_service::code::symbols::tests::known";

/// Found once: all files have to be read for it.
fn own_module() -> Module {
    static OWN: OnceLock<Module> = OnceLock::new();
    OWN.get_or_init(|| loaded_modules().into_iter().find(Module::is_executable).unwrap()).clone()
}

fn names(symbols: &Symbols, address: u64) -> Vec<&str> {
    symbols.frames(address).iter().map(|frame| &*frame.function).collect()
}

/// The frames of an address of this program, from `file` as if it were the program's.
fn names_from(file: &[u8], address: u64) -> Vec<String> {
    let module = own_module();
    let Ok(file) = OpenFile::of(&module, Image::Copied(file.to_vec()), None) else { return Vec::new() };
    file.look(|sources| {
        let frames = Resolver::new(&module, sources).frames(module.file_address(address));
        frames.iter().map(|frame| frame.function.to_string()).collect()
    })
}

fn own_file() -> Vec<u8> {
    std::fs::read("/proc/self/exe").unwrap()
}

/// Where in the file the ELF section stands.
fn section(file: &[u8], name: &str) -> Range<usize> {
    let elf = object::File::parse(file).unwrap();
    let (start, size) = elf.section_by_name(name).unwrap().file_range().unwrap();
    usize::try_from(start).unwrap()..usize::try_from(start + size).unwrap()
}

/// The file as `strip --strip-debug` (`names`: `.debug_`) or `strip` (and `.symtab`) leave it to readers: sections
/// under the names are no longer what they were.
fn without_sections(file: &[u8], prefixes: &[&str]) -> Vec<u8> {
    let header = usize::try_from(u64::from_le_bytes(file[0x28..0x30].try_into().unwrap())).unwrap();
    let elf = object::File::parse(file).unwrap();
    let removed = elf
        .sections()
        .filter(|section| prefixes.iter().any(|prefix| section.name().unwrap().starts_with(prefix)));
    let mut stripped = file.to_vec();
    for section in removed {
        // The name and the type of an `Elf64_Shdr` are its first eight bytes; all zero is the null section.
        let start = header + section.index().0 * 64;
        stripped[start..start + 8].fill(0);
    }
    stripped
}

#[test]
fn inlined_calls_come_innermost_first_with_their_lines() {
    let (address, line) = known();
    let symbols = Symbols::resolve(&loaded_modules(), [address]);
    assert_eq!(names(&symbols, address), ["hooks_service::code::symbols::test_support::here", KNOWN]);
    let frame = &symbols.frames(address)[1];
    assert_eq!(frame.line, line);
    assert!(frame.file.as_deref().unwrap().ends_with("src/code/symbols/tests.rs"), "{frame:?}");
    assert!(symbols.warnings().is_empty(), "{:?}", symbols.warnings());
}

#[test]
fn return_addresses_belong_to_the_call_before_them() {
    let start = function_address(known);
    assert_eq!(lookup_addresses(&[start, start + 1, 0]).collect::<Vec<_>>(), [start, start, u64::MAX]);
}

#[test]
fn libraries_and_the_vdso_have_names() {
    let modules = loaded_modules();
    let vdso = modules.iter().find(|module| module.is_vdso()).unwrap();
    let image = Image::open(vdso).unwrap();
    let elf = object::File::parse(&*image).unwrap();
    let clock = elf.dynamic_symbols().find(|symbol| symbol.name() == Ok("__vdso_clock_gettime")).unwrap();
    let clock = vdso.bias + clock.address();
    let allocate = libc::malloc as *const () as usize as u64;
    let symbols = Symbols::resolve(&modules, [clock, allocate]);
    assert!(names(&symbols, clock)[0].contains("clock_gettime"), "{:?}", names(&symbols, clock));
    assert!(names(&symbols, allocate)[0].contains("malloc"), "{:?}", names(&symbols, allocate));
}

#[test]
fn an_address_in_no_module_is_its_number() {
    let symbols = Symbols::resolve(&loaded_modules(), [0x10]);
    assert_eq!(symbols.frames(0x10), [place("0x10".to_owned())]);
    assert_eq!(symbols.frames(0x11), [], "not asked for");
}

#[test]
fn a_missing_file_is_said_and_its_addresses_keep_their_place() {
    let (address, _) = known();
    let gone = Module { path: "/nowhere/libgone.so".into(), build_id: "0a0b".into(), ..own_module() };
    let offset = gone.file_address(address);
    let symbols = Symbols::resolve(&[gone], [address]);
    assert_eq!(names(&symbols, address), [format!("libgone.so+{offset:#x}")]);
    assert!(
        symbols.warnings()[0].starts_with("no names for /nowhere/libgone.so: "),
        "{:?}",
        symbols.warnings()
    );
}

#[test]
fn a_deleted_program_still_has_its_names() {
    let (address, _) = known();
    let own = own_module();
    let deleted = Module { path: format!("{} (deleted)", own.path).into(), ..own };
    assert_eq!(names(&Symbols::resolve(&[deleted], [address]), address)[1], KNOWN);
}

#[test]
fn a_file_with_another_build_id_is_not_used() {
    let (address, _) = known();
    let replaced = Module { build_id: "c0ffee".into(), ..own_module() };
    let symbols = Symbols::resolve(&[replaced], [address]);
    assert!(!symbols.frames(address)[0].named);
    assert!(symbols.warnings()[0].contains("was replaced (build id c0ffee ran"), "{:?}", symbols.warnings());
}

#[test]
fn without_a_build_id_the_segments_must_match() {
    let (address, _) = known();
    let unnamed = Module { build_id: "".into(), ..own_module() };
    let moved = Module { bias: unnamed.bias - 0x1000, ..unnamed.clone() };
    assert_eq!(names(&Symbols::resolve(&[unnamed], [address]), address)[1], KNOWN);
    let symbols = Symbols::resolve(&[moved], [address]);
    assert!(symbols.warnings()[0].contains("segments lie elsewhere"), "{:?}", symbols.warnings());
}

/// The program copied to `path`, under a build id that only the test with this `mask` has.
fn copied_program(path: &Path, mask: u8) -> Module {
    let mut file = own_file();
    let note = section(&file, ".note.gnu.build-id");
    let id = &mut file[note.end - own_module().build_id.len() / 2..note.end];
    for byte in id.iter_mut() {
        *byte ^= mask;
    }
    let build_id = image::hexadecimal(id).into();
    std::fs::write(path, file).unwrap();
    Module { path: path.to_str().unwrap().into(), build_id, ..own_module() }
}

/// Another function with a name.
fn other() -> (u64, u32) {
    (0, line!())
}

#[test]
fn what_was_resolved_once_needs_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy");
    let copy = copied_program(&path, 0xff);
    let (address, _) = known();
    let first = Symbols::resolve(std::slice::from_ref(&copy), [address]);
    assert_eq!(names(&first, address)[1], KNOWN, "{:?}", first.warnings());
    std::fs::File::create(&path).unwrap();
    let new = function_address(other);
    let second = Symbols::resolve(std::slice::from_ref(&copy), [address, new]);
    assert_eq!(second.frames(address), first.frames(address));
    assert!(!second.frames(new)[0].named, "not resolved before, and the file is empty by now");
    assert_eq!(second.warnings().len(), 1, "{:?}", second.warnings());
}

#[test]
fn a_file_that_was_opened_once_is_open_for_new_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy");
    let copy = copied_program(&path, 0xaa);
    // However large the debug information of this test is, the symbol table may be kept.
    std::fs::write(&path, without_sections(&std::fs::read(&path).unwrap(), &[".debug_"])).unwrap();
    let (address, _) = known();
    let first = Symbols::resolve(std::slice::from_ref(&copy), [address]);
    assert_eq!(names(&first, address), [KNOWN], "{:?}", first.warnings());
    std::fs::remove_file(&path).unwrap();
    let new = function_address(other);
    let second = Symbols::resolve(std::slice::from_ref(&copy), [new]);
    assert_eq!(
        names(&second, new),
        ["hooks_service::code::symbols::tests::other"],
        "{:?}",
        second.warnings()
    );
}

#[test]
fn without_debug_information_the_symbol_table_names_functions() {
    let file = without_sections(&own_file(), &[".debug_"]);
    assert_eq!(names_from(&file, known().0), [KNOWN]);
}

#[test]
fn without_any_names_all_addresses_of_a_function_have_one_place() {
    let file = without_sections(&own_file(), &[".debug_", ".symtab"]);
    let start = function_address(known);
    let expected = [format!("{}+{:#x}", own_module().file_name(), own_module().file_address(start))];
    assert_eq!(names_from(&file, start), expected);
    assert_eq!(names_from(&file, known().0), expected);
}

/// A library with debug information, built in the folder.
fn small_library(folder: &Path, options: &[&str]) -> PathBuf {
    const SOURCE: &str = "
        #![no_std]
        #[panic_handler]
        fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }
        #[inline(never)]
        fn hidden(numbers: &[u32; 4]) -> u32 { numbers.iter().fold(7, |sum, n| sum ^ n.rotate_left(sum)) }
        #[unsafe(no_mangle)]
        pub extern \"C\" fn small(numbers: &[u32; 4]) -> u32 { numbers.iter().fold(hidden(numbers), |sum, n| sum ^ n.rotate_left(sum)) }
    ";
    let (source, library) = (folder.join("small.rs"), folder.join("small.so"));
    std::fs::write(&source, SOURCE).unwrap();
    let arguments = ["--edition=2024", "--crate-type=cdylib", "-Cpanic=abort", "-Copt-level=3", "-g"];
    let mut compiler = std::process::Command::new("rustc");
    compiler.args(arguments).arg("-Clink-arg=-Wl,--build-id").args(options).current_dir(folder);
    assert!(compiler.arg("-o").args([&library, &source]).status().unwrap().success());
    library
}

/// The library as if it were loaded, and the addresses of one of its functions.
fn loaded(library: &Path, is_wanted: fn(&str) -> bool) -> (Module, Range<u64>) {
    const BIAS: u64 = 0x10_0000;
    let file = std::fs::read(library).unwrap();
    let elf = object::File::parse(&*file).unwrap();
    let build_id = image::hexadecimal(elf.build_id().unwrap().unwrap()).into();
    let path = library.to_str().unwrap().into();
    let module = Module { start: BIAS, end: 2 * BIAS, file_offset: 0, bias: BIAS, path, build_id };
    let symbol = elf.symbols().find(|symbol| symbol.size() > 0 && is_wanted(symbol.name().unwrap())).unwrap();
    (module, BIAS + symbol.address()..BIAS + symbol.address() + symbol.size())
}

/// The frames at each of the addresses, from the files as they are now.
fn frames_now(module: &Module, addresses: Range<u64>) -> Vec<Arc<[Frame]>> {
    let file = OpenFile::open(module).unwrap();
    file.look(|sources| {
        let mut resolver = Resolver::new(module, sources);
        addresses.map(|address| resolver.frames(module.file_address(address))).collect()
    })
}

#[test]
fn what_the_compiler_left_in_other_files_is_found_there_or_told_to_be_missing() {
    for kind in ["packed", "unpacked"] {
        let folder = tempfile::tempdir().unwrap();
        let library = small_library(folder.path(), &[&format!("-Csplit-debuginfo={kind}")]);
        let (module, addresses) = loaded(&library, |name| name == "small");
        let all = frames_now(&module, addresses.clone());
        assert!(all.iter().any(|frames| frames.len() > 1), "{kind}: no inlined call in {all:?}");
        assert!(all.iter().flat_map(|frames| &**frames).all(|frame| frame.line > 0), "{kind}: {all:?}");
        assert!(all.iter().all(|frames| &*frames.last().unwrap().function == "small::small"), "{all:?}");
        let is_split = |path: &PathBuf| path.extension().is_some_and(|end| end == "dwp" || end == "dwo");
        let entries = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let split: Vec<_> = entries.filter(is_split).collect();
        assert!(!split.is_empty(), "{kind}");
        for path in split {
            std::fs::remove_file(path).unwrap();
        }
        // The second time all of it is known.
        for _ in 0..2 {
            let symbols = Symbols::resolve(std::slice::from_ref(&module), addresses.clone());
            for address in addresses.clone() {
                let [frame] = symbols.frames(address) else { panic!("{:?}", symbols.frames(address)) };
                assert_eq!((&*frame.function, &frame.file, frame.line), ("small", &None, 0), "{kind}");
            }
            let [warning] = symbols.warnings() else { panic!("{kind}: {:?}", symbols.warnings()) };
            assert!(warning.contains("in files of its own, which are not there: "), "{warning}");
        }
    }
}

#[test]
fn debug_information_that_the_file_names_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let library = small_library(folder.path(), &[]);
    let (module, addresses) = loaded(&library, |name| name.contains("hidden"));
    let run = |arguments: &[&str]| {
        let mut tool = std::process::Command::new("objcopy");
        assert!(tool.args(arguments).current_dir(folder.path()).status().unwrap().success());
    };
    std::fs::create_dir(folder.path().join(".debug")).unwrap();
    run(&["--only-keep-debug", "small.so", ".debug/small.debug"]);
    run(&["--strip-all", "--add-gnu-debuglink=.debug/small.debug", "small.so"]);
    let found = || frames_now(&module, addresses.clone())[0].last().unwrap().function.to_string();
    assert_eq!(found(), "small::hidden");
    let debug = folder.path().join(".debug/small.debug");
    let mut other = std::fs::read(&debug).unwrap();
    let id = section(&other, ".note.gnu.build-id");
    other[id.end - 1] ^= 0xff;
    std::fs::write(&debug, other).unwrap();
    assert!(found().starts_with("small.so+0x"), "of another build: {}", found());
}

/// The file with its debug sections compressed by zstd, as linkers leave them.
fn compressed(file: &[u8]) -> Vec<u8> {
    const BY_ZSTD: u64 = 2;
    const COMPRESSED: u8 = 8;
    let headers = usize::try_from(u64::from_le_bytes(file[0x28..0x30].try_into().unwrap())).unwrap();
    let elf = object::File::parse(file).unwrap();
    let mut new = file.to_vec();
    for section in elf.sections().filter(|section| section.name().unwrap().starts_with(".debug_")) {
        let data = section.data().unwrap();
        let start = new.len() as u64;
        new.extend([BY_ZSTD, data.len() as u64, 1].map(u64::to_le_bytes).concat());
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        new.extend(ruzstd::encoding::compress_to_vec(data, level));
        let size = new.len() as u64 - start;
        // The flags, the place and the size of an `Elf64_Shdr`.
        let header = headers + section.index().0 * 64;
        new[header + 9] |= COMPRESSED;
        new[header + 0x18..header + 0x20].copy_from_slice(&start.to_le_bytes());
        new[header + 0x20..header + 0x28].copy_from_slice(&size.to_le_bytes());
    }
    new
}

#[test]
fn sections_compressed_by_zstd_are_read() {
    let (file, address) = small_file();
    assert_eq!(names_from(&compressed(&file), address), names_from(&file, address));
    let mut broken = compressed(&file);
    let end = broken.len() - 40;
    broken[file.len() + 24..end].fill(0);
    assert_eq!(names_from(&broken, address), ["small"], "the symbol table's");
}

/// A file of a few kilobytes with debug information and an address in its one function: this program's own, of which these
/// are parsed over and over, has a hundred thousand times as much.
fn small_file() -> (Vec<u8>, u64) {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::read(small_library(folder.path(), &[])).unwrap();
    let elf = object::File::parse(&*file).unwrap();
    let address = elf.symbols().find(|symbol| symbol.name() == Ok("small")).unwrap().address();
    let address = own_module().bias.wrapping_add(address);
    assert_eq!(names_from(&file, address).last().map(String::as_str), Some("small::small"));
    (file, address)
}

#[test]
fn truncated_files_do_no_harm() {
    let (file, address) = small_file();
    for part in 0..240 {
        names_from(&file[..file.len() * part / 240], address);
    }
    for length in [0, 1, 4, 16, 63, 64, 65, 120] {
        assert_eq!(names_from(&file[..length], address), [] as [&str; 0], "{length} bytes are no ELF file");
    }
}

#[test]
fn broken_sections_do_no_harm() {
    let (file, address) = small_file();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let sections = [
        ".debug_info",
        ".debug_abbrev",
        ".debug_line",
        ".debug_str",
        ".eh_frame_hdr",
        ".eh_frame",
        ".symtab",
    ];
    for name in sections.iter().cycle().take(350) {
        let (range, mut broken) = (section(&file, name), file.clone());
        for _ in 0..=range.len() / 64 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let (at, value) = (usize::try_from(random >> 8).unwrap(), random.to_le_bytes()[0]);
            broken[range.start + at % range.len()] = value;
        }
        assert!(!names_from(&broken, address).is_empty(), "{name}");
    }
}
