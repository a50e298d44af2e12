use hooks_runtime::labeled;
use std::rc::Rc;

#[labeled(x)]
async fn f(x: u32) -> u32 {
    let held = Rc::new(x);
    std::future::ready(()).await;
    *held
}

fn spawn(_: impl Future + Send) {}

fn main() {
    spawn(f(1));
}
