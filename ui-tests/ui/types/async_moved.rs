use hooks_runtime::labeled;

#[labeled(x)]
async fn f(x: String) -> (String, String) {
    (x, x)
}

fn main() {}
