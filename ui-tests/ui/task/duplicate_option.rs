use hooks_runtime::task;

#[task(crate = ::hooks_runtime, crate = ::hooks_runtime)]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
