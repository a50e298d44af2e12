use hooks_runtime::cleanup;

#[cleanup(close = close_fd, args(fd))]
struct Resource<T> {
    fd: i32,
    others: Vec<std::rc::Rc<std::cell::RefCell<Resource<T>>>>,
}

fn close_fd(_: i32) -> std::io::Result<()> {
    Ok(())
}

fn main() {}
