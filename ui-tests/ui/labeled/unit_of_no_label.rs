use hooks_runtime::labeled;

#[labeled(size, count, unit(siez = "bytes"))]
fn f(size: u32, count: u32) -> u32 {
    size + count
}

fn main() {}
