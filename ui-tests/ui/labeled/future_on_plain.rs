use hooks_runtime::labeled;

#[labeled(x, future)]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
