use hooks_runtime::cleanup;

#[cleanup(m.count_ones())]
fn f(m: &u32) -> u32 {
    *m
}

fn unlock(_: &u32) {}

fn main() {}
