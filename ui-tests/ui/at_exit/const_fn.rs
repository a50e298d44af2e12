use hooks_runtime::at_exit;

#[at_exit]
const fn flush() {}

fn main() {}
