use hooks_runtime::exit_scope;

#[exit_scope]
const fn root() {}

fn main() {}
