use hooks_runtime::cleanup;

#[cleanup(unlock(m), background, background)]
fn f(m: &u32) {}

fn unlock(_: &u32) {}

fn main() {}
