use hooks_runtime::task;

trait Handler {
    #[task]
    fn handle(&self, route: &str);
}

fn main() {}
