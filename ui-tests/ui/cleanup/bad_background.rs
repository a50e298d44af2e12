use hooks_runtime::cleanup;

#[cleanup(unlock(m), background = "never")]
fn f(m: &u32) {}

fn unlock(_: &u32) {}

fn main() {}
