use hooks_runtime::at_exit;

const LAST: u8 = 255;

#[at_exit(order = LAST)]
fn flush() {}

fn main() {}
