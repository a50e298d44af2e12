use hooks_runtime::labeled;

#[labeled(futur, a)]
fn f(a: u32) -> impl Future<Output = u32> {
    async move { a }
}

fn main() {}
