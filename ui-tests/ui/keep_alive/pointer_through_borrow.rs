use hooks_runtime::keep_alive;
use std::ffi::{CString, c_char};

#[keep_alive(path)]
fn open(path: String) -> *const c_char {
    let pointer = CString::new(path.as_str()).unwrap().as_c_str().as_ptr();
    pointer
}

fn main() {}
