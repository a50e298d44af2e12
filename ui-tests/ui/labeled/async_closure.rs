use hooks_runtime::labeled;

#[labeled(x)]
fn f(x: u32) -> impl AsyncFn() -> u32 {
    async move || x
}

fn main() {}
