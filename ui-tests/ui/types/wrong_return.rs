use hooks_runtime::labeled;

#[labeled(x)]
fn f(x: u32) -> String {
    if x == 0 {
        return x;
    }
    String::new()
}

fn main() {}
