use hooks_runtime::region;

#[region(n = x?)]
async fn f(x: Option<u32>) -> Option<u32> {
    x
}

fn main() {}
