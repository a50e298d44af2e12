use hooks_runtime::labeled;

#[labeled(x, unit(x = "bytes", x = "bits"))]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
