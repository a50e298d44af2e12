use hooks_runtime::cleanup;

#[cleanup(m.count_ones())]
fn f(m: &u32) {}

fn unlock(_: &u32) {}

fn main() {}
