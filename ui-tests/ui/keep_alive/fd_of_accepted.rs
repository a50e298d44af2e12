use hooks_runtime::keep_alive;
use std::net::TcpListener;
use std::os::fd::AsRawFd;

#[keep_alive(path)]
fn open(path: String) -> i32 {
    let listener = TcpListener::bind(&path).unwrap();
    let fd = listener.accept().unwrap().0.as_raw_fd();
    fd
}

fn main() {}
