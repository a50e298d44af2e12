use hooks_runtime::labeled;

#[labeled(x)]
fn f(x: &str) -> &str {
    let owned = x.to_owned();
    &owned
}

fn main() {}
