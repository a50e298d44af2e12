use hooks_runtime::region;

#[region("a=b" = x)]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
