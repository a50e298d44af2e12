use hooks_runtime::labeled;

#[labeled(x, future)]
fn f(x: u32) -> Box<dyn Future<Output = u32> + Unpin> {
    Box::new(std::future::ready(x))
}

fn main() {}
