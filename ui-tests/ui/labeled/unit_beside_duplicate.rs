use hooks_runtime::labeled;

#[labeled(x, x, unit(q = "bytes"))]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
