use hooks_runtime::exit_scope;

#[exit_scope]
fn root(name: &str) -> &str {
    name
}

fn main() {}
