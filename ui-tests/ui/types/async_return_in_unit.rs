use hooks_runtime::labeled;

#[labeled(x)]
async fn f(x: u32) {
    return x;
}

fn main() {}
