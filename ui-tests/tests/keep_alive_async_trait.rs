//! `#[async_trait]` has boxed the future by the time `#[keep_alive]` is expanded: with `future` it is held inside.

use hooks_runtime::keep_alive;
use hooks_runtime::keep_alive::KeepAlive;

#[async_trait::async_trait]
trait Sender {
    async fn send(&self, buf: KeepAlive<Vec<u8>>, out: KeepAlive<String>) -> Option<String>;
}

struct Counting(usize);

#[async_trait::async_trait]
impl Sender for Counting {
    #[keep_alive(buf, mut out, future)]
    async fn send(&self, buf: KeepAlive<Vec<u8>>, mut out: KeepAlive<String>) -> Option<String> {
        out.get_mut()?.push_str("length ");
        std::future::ready(()).await;
        buf.first()?;
        Some(format!("{}{}", out.as_str(), buf.len() + self.0))
    }
}

#[test]
fn a_method_of_an_async_trait() {
    let of = |buf, out: &str| Counting(1).send(KeepAlive::new(buf), KeepAlive::new(out.into()));
    let sent = futures::executor::block_on(of(vec![0; 3], "its "));
    assert_eq!(sent.as_deref(), Some("its length 4"));
    assert_eq!(futures::executor::block_on(of(Vec::new(), "")), None);
}
