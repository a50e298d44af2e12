use hooks_runtime::labeled;

#[labeled(size, unit())]
fn f(size: u32) -> u32 {
    size
}

fn main() {}
