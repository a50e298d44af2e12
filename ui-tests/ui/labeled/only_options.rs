use hooks_runtime::labeled;

#[labeled(crate = ::hooks_runtime)]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
