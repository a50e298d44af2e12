use hooks_runtime::region;

#[region(x, "db.query")]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
