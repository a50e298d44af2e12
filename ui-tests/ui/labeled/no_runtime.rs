use hooks_runtime::labeled;

#[labeled(x, crate = ::hooks_facade)]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
