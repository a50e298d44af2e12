use hooks_runtime::task;

#[task("check\nout")]
fn f(x: u32) -> u32 {
    x
}

fn main() {}
