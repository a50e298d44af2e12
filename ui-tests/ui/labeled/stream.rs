use hooks_runtime::labeled;

trait Stream {
    type Item;
}

#[labeled(x)]
fn f(x: u32) -> Box<dyn Stream<Item = u32>> {
    unreachable!("{x}")
}

fn main() {}
