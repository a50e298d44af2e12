use hooks_runtime::labeled;

#[async_trait::async_trait]
trait Boxing {
    #[labeled(x)]
    async fn boxed(&self, x: u32) -> u32 {
        x
    }
}

fn main() {}
