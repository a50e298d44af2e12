use hooks_runtime::task;

#[task(call, "checkout")]
fn f(x: u32) -> impl Future<Output = u32> {
    async move { x }
}

fn main() {}
