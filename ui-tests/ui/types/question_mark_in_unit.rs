use hooks_runtime::labeled;

#[labeled(x)]
fn f(x: &str) {
    let _number: u32 = x.parse()?;
}

fn main() {}
