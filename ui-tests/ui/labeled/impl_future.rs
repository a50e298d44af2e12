use hooks_runtime::labeled;

#[labeled(x)]
fn f(x: u32) -> impl Future<Output = u32> + Send {
    async move { x }
}

fn main() {}
