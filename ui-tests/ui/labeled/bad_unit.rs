use hooks_runtime::labeled;

#[labeled(size, unit(size = "a, b"))]
fn f(size: u32) -> u32 {
    size
}

fn main() {}
