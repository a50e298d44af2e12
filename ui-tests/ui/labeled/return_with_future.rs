use hooks_runtime::labeled;

#[labeled(x, future)]
fn f(x: u32) -> futures::future::BoxFuture<'static, u32> {
    if x == 0 {
        return Box::pin(async { 0 });
    }
    Box::pin(async move { x })
}

fn main() {}
