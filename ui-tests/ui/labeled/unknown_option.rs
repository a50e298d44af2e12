use hooks_runtime::labeled;

#[labeled(x, units(x = "bytes"))]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
