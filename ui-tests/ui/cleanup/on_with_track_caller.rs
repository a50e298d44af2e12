use hooks_runtime::cleanup;

#[cleanup(unlock(m), on = "error")]
#[track_caller]
fn f(m: &u32) -> Option<u32> {
    Some(*m)
}

fn unlock(_: &u32) {}

fn main() {}
