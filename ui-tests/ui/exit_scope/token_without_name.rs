use hooks_runtime::exit_scope;

#[exit_scope(token)]
fn root() {}

fn main() {}
