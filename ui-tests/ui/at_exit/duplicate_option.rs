use hooks_runtime::at_exit;

#[at_exit(order = 1, order = 2)]
fn flush() {}

fn main() {}
