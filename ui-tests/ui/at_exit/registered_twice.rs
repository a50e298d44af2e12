use hooks_runtime::at_exit;

#[at_exit(order = 1)]
#[at_exit(order = 2)]
fn flush() {}

fn main() {}
