use hooks_runtime::labeled;

#[labeled(x)]
fn f(x: u32) {
    return x;
}

fn main() {}
