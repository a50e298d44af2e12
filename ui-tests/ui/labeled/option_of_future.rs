use hooks_runtime::labeled;

#[labeled(x)]
fn f(x: u32) -> Option<impl Future<Output = u32>> {
    Some(async move { x })
}

fn main() {}
