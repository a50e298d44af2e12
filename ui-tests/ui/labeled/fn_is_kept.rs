use hooks_runtime::labeled;

struct Handler;

impl Handler {
    #[labeled(rout)]
    async fn handle(&self, route: &str) -> usize {
        route.len()
    }
}

fn main() {
    #[labeled]
    fn local() -> u32 {
        1
    }
    // Neither use is reported: both fns are there.
    let _handled = Handler.handle("/");
    let _one: u32 = local();
}
