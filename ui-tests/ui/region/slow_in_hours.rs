use hooks_runtime::region;

#[region(slow = "2h")]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
