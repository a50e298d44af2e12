use hooks_runtime::cleanup;

struct Resource;

#[cleanup(close = close_fd, args(fd))]
impl Resource {}

fn main() {}
