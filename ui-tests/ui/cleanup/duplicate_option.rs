use hooks_runtime::cleanup;

#[cleanup(unlock(m), background, background)]
fn f(m: &u32) -> u32 {
    *m
}

fn unlock(_: &u32) {}

fn main() {}
