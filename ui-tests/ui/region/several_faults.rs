use hooks_runtime::region;

#[region(y, "late", slow = "soon")]
const fn f(x: u32) -> u32 {
    x
}

fn main() {}
