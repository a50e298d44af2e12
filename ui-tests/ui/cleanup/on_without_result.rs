use hooks_runtime::cleanup;

#[cleanup(unlock(m), on = "error")]
fn f(m: &u32) -> u32 {
    *m
}

fn unlock(_: &u32) {}

fn main() {}
