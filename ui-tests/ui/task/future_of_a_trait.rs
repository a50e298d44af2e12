use hooks_runtime::task;

struct Later;

impl IntoFuture for Later {
    type Output = u32;
    type IntoFuture = std::future::Ready<u32>;

    #[task]
    fn into_future(self) -> Self::IntoFuture {
        std::future::ready(1)
    }
}

fn main() {}
