use hooks_runtime::labeled;

#[labeled(x)]
fn f(x: u32) -> String {
    x + 1
}

fn main() {}
