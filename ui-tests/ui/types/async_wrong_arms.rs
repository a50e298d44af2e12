use hooks_runtime::labeled;

#[labeled(x)]
async fn f(x: u32) -> Result<u32, String> {
    match x {
        0 => Err(0),
        _ => Ok(x),
    }
}

fn main() {}
