use hooks_runtime::task;

#[task(user = x)]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
