use hooks_runtime::task;

use std::pin::Pin;

#[task]
fn f(x: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move { x })
}

fn main() {}
