use hooks_runtime::labeled;

#[labeled(x)]
fn f(x: String) -> (String, String) {
    (x, x)
}

fn main() {}
