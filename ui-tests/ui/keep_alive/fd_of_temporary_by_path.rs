use hooks_runtime::keep_alive;
use std::fs::File;
use std::os::fd::AsRawFd;

#[keep_alive(path)]
fn open(path: String) -> std::io::Result<i32> {
    let fd = AsRawFd::as_raw_fd(&File::open(&path)?);
    Ok(fd)
}

fn main() {}
