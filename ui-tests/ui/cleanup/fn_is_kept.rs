use hooks_runtime::cleanup;

#[cleanup(unlock)]
fn locked() -> u32 {
    1
}

#[cleanup(close = close_fd)]
struct Resource(u32);

fn main() {
    // Neither use is reported: the fn and the struct are there.
    let _: u32 = locked();
    let _: u32 = Resource(1).0;
}
