use hooks_runtime::region;

async fn count() -> u32 {
    1
}

#[region(n = count().await)]
async fn f() {}

fn main() {}
