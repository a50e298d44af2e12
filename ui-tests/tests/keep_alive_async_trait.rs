//! `#[async_trait]` has boxed the future by the time `#[keep_alive]` is expanded: with `future` it is held inside.

use hooks_runtime::keep_alive;

#[async_trait::async_trait]
trait Sender {
    async fn send(&self, buf: Vec<u8>, out: String) -> Option<String>;
}

struct Counting(usize);

#[async_trait::async_trait]
impl Sender for Counting {
    #[keep_alive(buf, mut out, future)]
    async fn send(&self, buf: Vec<u8>, mut out: String) -> Option<String> {
        out.push_str("length ");
        std::future::ready(()).await;
        buf.first()?;
        Some(format!("{out}{}", buf.len() + self.0))
    }
}

#[test]
fn a_method_of_an_async_trait() {
    let sent = futures::executor::block_on(Counting(1).send(vec![0; 3], "its ".into()));
    assert_eq!(sent.as_deref(), Some("its length 4"));
    assert_eq!(futures::executor::block_on(Counting(1).send(Vec::new(), String::new())), None);
}
