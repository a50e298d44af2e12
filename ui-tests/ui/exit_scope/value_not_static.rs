use hooks_runtime::exit_scope;

#[exit_scope]
async fn root<T>(value: T) -> T {
    value
}

fn main() {}
