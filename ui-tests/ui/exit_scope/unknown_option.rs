use hooks_runtime::exit_scope;

#[exit_scope(name = "worker")]
fn root() {}

fn main() {}
