use hooks_runtime::region;

#[region(slow = 50)]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
