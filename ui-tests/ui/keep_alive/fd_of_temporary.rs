use hooks_runtime::keep_alive;
use std::os::fd::AsRawFd;

#[keep_alive(path)]
fn open(path: String) -> std::io::Result<i32> {
    let fd = std::fs::File::open(&path)?.as_raw_fd();
    Ok(fd)
}

fn main() {}
