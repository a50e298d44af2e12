use hooks_runtime::region;

trait Stream {
    type Item;
}

#[region(future)]
fn f(x: u32) -> Box<dyn Stream<Item = u32>> {
    unreachable!("{x}")
}

fn main() {}
