use hooks_runtime::labeled;

#[labeled]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
