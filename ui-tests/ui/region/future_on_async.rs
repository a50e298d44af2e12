use hooks_runtime::region;

#[region(future)]
async fn f(x: u32) -> u32 {
    x
}

fn main() {}
