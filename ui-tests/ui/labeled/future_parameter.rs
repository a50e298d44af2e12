use hooks_runtime::labeled;

#[labeled(x)]
fn f<Fu>(x: u32, future: Fu) -> Fu
where
    Fu: Future<Output = u32>,
{
    let _ = x;
    future
}

fn main() {}
