use hooks_runtime::at_exit;

#[at_exit]
unsafe fn flush() {}

fn main() {}
