use hooks_runtime::task;

#[task]
const fn f(x: u32) -> u32 {
    x
}

fn main() {}
