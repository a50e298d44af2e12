use hooks_runtime::exit_scope;

#[exit_scope]
#[tokio::main]
async fn main() {}
