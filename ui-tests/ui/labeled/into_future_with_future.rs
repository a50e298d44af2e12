use hooks_runtime::labeled;

#[labeled(x, future)]
fn f(x: u32) -> impl IntoFuture<Output = u32> {
    std::future::ready(x)
}

fn main() {}
