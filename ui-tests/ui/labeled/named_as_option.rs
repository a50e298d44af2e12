use hooks_runtime::labeled;

#[labeled(call, id)]
fn f(call: &str, id: u32) -> impl Future<Output = u32> {
    let _ = call;
    async move { id }
}

fn main() {}
