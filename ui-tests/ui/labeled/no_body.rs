use hooks_runtime::labeled;

trait Handler {
    #[labeled(route)]
    fn handle(&self, route: &str);
}

fn main() {}
