use hooks_runtime::region;

#[region(x, unit(y = "bytes"))]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
