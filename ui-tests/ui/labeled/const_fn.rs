use hooks_runtime::labeled;

#[labeled(x)]
const fn f(x: u32) -> u32 {
    x
}

fn main() {}
