use hooks_runtime::exit_scope;

#[exit_scope(token = task)]
fn root() -> u32 {
    task.exit("text")
}

fn main() {}
