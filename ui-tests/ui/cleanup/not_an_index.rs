use hooks_runtime::cleanup;

#[cleanup(close = close_fd, args(1))]
struct Resource(i32);

fn close_fd(_: i32) -> std::io::Result<()> {
    Ok(())
}

fn main() {}
