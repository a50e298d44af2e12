use hooks_runtime::labeled;

use std::pin::Pin;

#[labeled(x)]
fn f(x: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move { x })
}

fn main() {}
