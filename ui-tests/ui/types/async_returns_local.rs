use hooks_runtime::labeled;

#[labeled(x)]
async fn f(x: &str) -> &str {
    let owned = x.to_owned();
    &owned
}

fn main() {}
