use hooks_runtime::cleanup;

#[cleanup(close = close_name, args(name))]
struct Resource {
    name: String,
}

fn close_fd(_: i32) -> std::io::Result<()> {
    Ok(())
}

fn close_name(_: String) -> std::io::Result<()> {
    Ok(())
}

fn main() {}
