use hooks_runtime::labeled;

#[labeled(x)]
fn f(x: u32) -> std::future::Ready<u32> {
    std::future::ready(x)
}

fn main() {}
