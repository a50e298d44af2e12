use hooks_runtime::cleanup;

#[cleanup(close(*m))]
fn f(m: &u32) -> u32 {
    *m
}

fn close(_: u32) -> i32 {
    0
}

fn main() {}
