use hooks_runtime::keep_alive;
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd};

#[keep_alive(path)]
fn open(path: String) -> std::io::Result<i32> {
    let fd = File::open(&path)?.as_fd().as_raw_fd();
    Ok(fd)
}

fn main() {}
