use hooks_runtime::exit_scope;

#[exit_scope]
fn root() -> impl Future<Output = u32> {
    async { 1 }
}

fn main() {}
