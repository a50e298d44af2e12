use hooks_runtime::labeled;

#[labeled(a, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9)]
fn f(a: u32) -> u32 {
    a
}

fn main() {}
