use hooks_runtime::task;

#[task(future)]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
