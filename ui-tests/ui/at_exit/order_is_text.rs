use hooks_runtime::at_exit;

#[at_exit(order = "last")]
fn flush() {}

fn main() {}
