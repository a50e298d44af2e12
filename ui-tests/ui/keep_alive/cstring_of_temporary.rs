use hooks_runtime::keep_alive;
use std::ffi::CString;

#[keep_alive(text)]
fn show(text: String) -> i32 {
    let pointer = CString::new(text.as_str()).unwrap().as_ptr();
    unsafe { *pointer }.into()
}

fn main() {}
