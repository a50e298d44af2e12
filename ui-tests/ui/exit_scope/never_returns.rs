use hooks_runtime::exit_scope;

#[exit_scope]
fn root() -> ! {
    loop {}
}

fn main() {}
