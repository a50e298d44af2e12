use hooks_runtime::labeled;

struct Handler;

#[labeled(route)]
impl Handler {
    fn handle(&self, route: &str) -> usize {
        route.len()
    }
}

fn main() {}
