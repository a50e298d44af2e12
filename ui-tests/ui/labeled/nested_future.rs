use hooks_runtime::labeled;

#[labeled(x)]
fn f(x: u32) -> (u32, impl Future<Output = u32>) {
    (x, async move { x })
}

fn main() {}
