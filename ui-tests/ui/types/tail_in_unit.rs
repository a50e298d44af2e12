use hooks_runtime::labeled;

#[labeled(x)]
fn f(x: u32) {
    x + 1
}

fn main() {}
