use hooks_runtime::region;

#[region("db(query)")]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
