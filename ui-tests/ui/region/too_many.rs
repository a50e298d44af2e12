use hooks_runtime::region;

#[region(a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9)]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
