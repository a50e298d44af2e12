use hooks_runtime::exit_scope;

trait Root {
    #[exit_scope]
    fn root();
}

fn main() {}
