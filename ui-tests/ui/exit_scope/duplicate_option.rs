use hooks_runtime::exit_scope;

#[exit_scope(token = a, token = b)]
fn root() {}

fn main() {}
