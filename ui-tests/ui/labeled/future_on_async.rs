use hooks_runtime::labeled;

#[labeled(x, future)]
async fn f(x: u32) -> u32 {
    x
}

fn main() {}
