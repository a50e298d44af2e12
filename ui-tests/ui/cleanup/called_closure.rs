use hooks_runtime::cleanup;

#[cleanup((|m| unlock(m))(m))]
fn f(m: &u32) -> u32 {
    *m
}

fn unlock(_: &u32) {}

fn main() {}
