use hooks_runtime::at_exit;

#[at_exit]
struct Log;

fn main() {}
