use hooks_runtime::keep_alive;
use std::fs::File;
use std::os::fd::AsRawFd;

#[keep_alive(path)]
fn open(path: String) -> i32 {
    let fd = (File::open(&path).unwrap()).as_raw_fd();
    fd
}

fn main() {}
