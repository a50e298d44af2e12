use hooks_runtime::region;

#[region]
fn f(x: u32) -> impl Future<Output = u32> {
    async move { x }
}

fn main() {}
