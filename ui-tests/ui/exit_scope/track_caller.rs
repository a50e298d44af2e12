use hooks_runtime::exit_scope;

#[exit_scope]
#[track_caller]
fn root() {}

fn main() {}
