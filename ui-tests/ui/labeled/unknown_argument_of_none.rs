use hooks_runtime::labeled;

#[labeled(route)]
fn f() {}

fn main() {}
