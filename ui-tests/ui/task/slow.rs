use hooks_runtime::task;

#[task(slow = "2s")]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
