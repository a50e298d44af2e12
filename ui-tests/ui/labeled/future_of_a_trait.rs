use hooks_runtime::labeled;

trait Service {
    type Future;
    fn call(&mut self, x: u32) -> Self::Future;
}

impl Service for () {
    type Future = std::future::Ready<u32>;

    #[labeled(x)]
    fn call(&mut self, x: u32) -> Self::Future {
        std::future::ready(x)
    }
}

fn main() {}
