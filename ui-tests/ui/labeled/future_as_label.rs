use hooks_runtime::labeled;

#[labeled(future)]
async fn f(future: u32) -> u32 {
    future
}

fn main() {}
