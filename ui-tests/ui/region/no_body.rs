use hooks_runtime::region;

trait Handler {
    #[region]
    fn handle(&self, route: &str);
}

fn main() {}
