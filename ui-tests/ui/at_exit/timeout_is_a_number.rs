use hooks_runtime::at_exit;

#[at_exit(timeout = 2)]
fn flush() {}

fn main() {}
