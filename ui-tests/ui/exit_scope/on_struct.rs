use hooks_runtime::exit_scope;

#[exit_scope]
struct Root;

fn main() {}
