use hooks_runtime::labeled;

#[labeled(x, %y)]
fn f(x: u32, y: u32) -> u32 {
    7
}

fn main() {}
