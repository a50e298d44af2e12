use hooks_runtime::cleanup;

#[cleanup(close(*m))]
fn f(m: &u32) {}

fn close(_: u32) -> i32 {
    0
}

fn main() {}
