use hooks_runtime::labeled;

#[labeled(x)]
async fn f(x: u32) {
    x + 1
}

fn main() {}
