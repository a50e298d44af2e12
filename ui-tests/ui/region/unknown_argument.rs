use hooks_runtime::region;

#[region(rows)]
fn f(row: u32) -> u32 {
    row
}

fn main() {}
