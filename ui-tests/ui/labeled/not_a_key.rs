use hooks_runtime::labeled;

#[labeled("/orders" = 1, 5)]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
