use hooks_runtime::region;

#[region]
const fn f(x: u32) -> u32 {
    x
}

fn main() {}
