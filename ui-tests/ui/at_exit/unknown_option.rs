use hooks_runtime::at_exit;

#[at_exit(before = "logs")]
fn flush() {}

fn main() {}
