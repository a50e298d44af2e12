use hooks_runtime::labeled;

#[labeled(route)]
mod handlers {}

fn main() {}
