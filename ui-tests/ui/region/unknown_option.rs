use hooks_runtime::region;

#[region(units(x = "bytes"))]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
