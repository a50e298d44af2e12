use hooks_runtime::task;

#[task(x, "late", units)]
const fn f(x: u32) -> u32 {
    x
}

fn main() {}
