use hooks_runtime::labeled;

use futures::future::BoxFuture;

#[labeled(x)]
fn f(x: u32) -> BoxFuture<'static, u32> {
    Box::pin(async move { x })
}

fn main() {}
