use hooks_runtime::region;

#[region(futur)]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
