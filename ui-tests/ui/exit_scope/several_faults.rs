use hooks_runtime::exit_scope;

#[exit_scope(token, name = "worker")]
const fn root() {}

fn main() {}
