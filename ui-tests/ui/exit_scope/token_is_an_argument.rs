use hooks_runtime::exit_scope;

#[exit_scope(token = task)]
fn root(task: u32) -> u32 {
    task
}

fn main() {}
