use hooks_runtime::cleanup;

#[cleanup(unlock(m))]
fn f(m: &u32) -> impl Future<Output = ()> {
    async move { println!("{m}") }
}

fn unlock(_: &u32) {}

fn main() {}
