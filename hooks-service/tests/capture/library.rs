//! Callers in a library that comes and goes.

use hooks_service::capture::{self, Callers, Extent};
use std::ffi::{CString, c_void};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// A library of one function, which calls back.
const SOURCE: &str = "
    #![no_std]
    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }
    #[unsafe(no_mangle)]
    pub extern \"C\" fn comes_and_goes(callback: extern \"C\" fn() -> u32) -> u32 { callback().wrapping_add(1) }
";

static FOUND: Mutex<Option<Callers>> = Mutex::new(None);

extern "C" fn callback() -> u32 {
    *FOUND.lock().unwrap() = Some(Callers::here());
    6
}

struct Library(*mut c_void);

impl Library {
    fn open(path: &Path) -> Self {
        let path = CString::new(path.to_str().unwrap()).unwrap();
        // SAFETY: a library without initialisers.
        let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW) };
        assert!(!library.is_null());
        Self(library)
    }

    /// The callers of the callback that its function calls.
    fn callers(&self) -> Callers {
        // SAFETY: the library's function, of that signature.
        let sum = unsafe {
            let function = libc::dlsym(self.0, c"comes_and_goes".as_ptr());
            std::mem::transmute::<*mut c_void, extern "C" fn(extern "C" fn() -> u32) -> u32>(function)(
                callback,
            )
        };
        assert_eq!(sum, 7);
        FOUND.lock().unwrap().take().unwrap()
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // SAFETY: open, and nobody runs in it.
        assert_eq!(unsafe { libc::dlclose(self.0) }, 0);
    }
}

fn built(folder: &Path) -> PathBuf {
    let (source, library) = (folder.join("library.rs"), folder.join("library.so"));
    std::fs::write(&source, SOURCE).unwrap();
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let arguments =
        ["--edition=2024", "--crate-type=cdylib", "-Cpanic=abort", "-Copt-level=3", "-Cforce-unwind-tables"];
    let status = Command::new(compiler).args(arguments).arg("-o").args([&library, &source]).status();
    assert!(status.unwrap().success());
    library
}

fn names(callers: &Callers) -> Vec<String> {
    callers.frames().iter().map(|frame| frame.function().to_owned()).collect()
}

#[test]
fn a_library_is_walked_when_it_has_come_and_named_when_it_has_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = built(folder.path());
    capture::prepare().unwrap();
    let library = Library::open(&path);
    let before = library.callers();
    assert_eq!(before.extent(), Extent::Whole, "nobody knew the library when the walk began: {before}");
    assert_eq!(names(&before)[1], "comes_and_goes", "{before}");
    drop(library);
    // Another one takes its place, perhaps.
    let other = folder.path().join("other.so");
    std::fs::copy(&path, &other).unwrap();
    let other = Library::open(&other);
    assert_eq!(names(&other.callers())[1], "comes_and_goes");
    drop(other);
    assert_eq!(names(&before)[1], "comes_and_goes", "its file is still there");
    assert!(names(&before).iter().any(|name| name.contains("a_library_is_walked")), "{before}");
}

#[test]
fn without_the_file_the_place_in_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = built(folder.path());
    let library = Library::open(&path);
    let callers = library.callers();
    drop(library);
    std::fs::remove_file(path).unwrap();
    assert!(names(&callers)[1].starts_with("library.so+0x"), "{callers}");
}

#[test]
fn one_that_was_loaded_by_a_relative_path_is_found_from_another_directory() {
    let folder = tempfile::tempdir().unwrap();
    built(folder.path());
    std::env::set_current_dir(&folder).unwrap();
    let library = Library::open(Path::new("./library.so"));
    std::env::set_current_dir("/").unwrap();
    let callers = library.callers();
    assert_eq!(names(&callers)[1], "comes_and_goes", "{callers}");
}
