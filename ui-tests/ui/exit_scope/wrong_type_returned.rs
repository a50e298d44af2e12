use hooks_runtime::exit_scope;

#[exit_scope]
fn root(short: bool) -> u32 {
    if short {
        return "text";
    }
    1
}

fn main() {}
