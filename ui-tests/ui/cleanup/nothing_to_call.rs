use hooks_runtime::cleanup;

#[cleanup(on = "error")]
fn f(m: &u32) {}

fn unlock(_: &u32) {}

fn main() {}
