//! In `#[async_trait]` an attribute of ours above one that looks for the boxed block which that makes.

use crate::{done, note};
use hooks_runtime::keep_alive::KeepAlive;
use hooks_runtime::labels::Labels;
use hooks_runtime::{cleanup, exit_scope, keep_alive, labeled, lock_os_thread, panic_on_fault};
use std::sync::{Arc, Mutex};
use tracing::{Id, Metadata, Subscriber, span};

#[derive(Debug)]
struct Store;

#[async_trait::async_trait]
trait Load: std::fmt::Debug {
    async fn labeled(&self, key: String, fails: bool) -> Result<String, String>;
    async fn cleaned(&self, key: String, fails: bool) -> Result<String, String>;
    async fn kept(&self, key: KeepAlive<String>, fails: bool) -> Result<String, String>;
    async fn guarded(&self, key: String, fails: bool) -> Result<String, String>;
    async fn locked(self: Arc<Self>, key: String, fails: bool) -> Result<String, String>;
    async fn ended(self: Arc<Self>, key: String, fails: bool) -> Result<String, String>;
    async fn several(&self, key: String, fails: bool) -> Result<String, String>;
}

#[async_trait::async_trait]
impl Load for Store {
    #[labeled(key, future)]
    #[tracing::instrument(err)]
    async fn labeled(&self, key: String, fails: bool) -> Result<String, String> {
        body(key, fails).await
    }

    #[cleanup(note(1), on = "failure", future)]
    #[tracing::instrument(err)]
    async fn cleaned(&self, key: String, fails: bool) -> Result<String, String> {
        body(key, fails).await
    }

    #[keep_alive(key, future)]
    #[tracing::instrument(err)]
    async fn kept(&self, key: KeepAlive<String>, fails: bool) -> Result<String, String> {
        body(key.clone(), fails).await
    }

    #[panic_on_fault(crate::map(), future)]
    #[tracing::instrument(err)]
    async fn guarded(&self, key: String, fails: bool) -> Result<String, String> {
        body(key, fails).await
    }

    #[lock_os_thread(future, reason = "a test")]
    #[tracing::instrument(err)]
    async fn locked(self: Arc<Self>, key: String, fails: bool) -> Result<String, String> {
        body(key, fails).await
    }

    #[exit_scope(future)]
    #[tracing::instrument(err)]
    async fn ended(self: Arc<Self>, key: String, fails: bool) -> Result<String, String> {
        body(key, fails).await
    }

    #[labeled(upper = 1, future)]
    #[cleanup(done(), future)]
    #[labeled(key, future)]
    #[tracing::instrument(err)]
    async fn several(&self, key: String, fails: bool) -> Result<String, String> {
        body(key, fails).await
    }
}

async fn body(key: String, fails: bool) -> Result<String, String> {
    tokio::task::yield_now().await;
    if fails { Err(key) } else { Ok(Labels::current().to_string()) }
}

/// Counts the spans that are made and the events in them, which are the errors.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<(Vec<String>, u32)>>);

impl Subscriber for Seen {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> Id {
        let fields: Vec<_> = span.metadata().fields().iter().map(|field| field.name().to_owned()).collect();
        self.0.lock().unwrap().0.push(format!("{}({})", span.metadata().name(), fields.join(",")));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        self.0.lock().unwrap().1 += 1;
    }
}

#[test]
fn spans_and_errors_of_a_boxed_block_are_seen() {
    let seen = Seen::default();
    tracing::subscriber::with_default(seen.clone(), || {
        futures::executor::block_on(async {
            for fails in [false, true] {
                let (key, store) = (|| "k".to_owned(), Arc::new(Store));
                let all = [
                    ("key=k", store.labeled(key(), fails).await),
                    ("", store.cleaned(key(), fails).await),
                    ("", store.kept(KeepAlive::new(key()), fails).await),
                    ("", store.guarded(key(), fails).await),
                    ("", store.clone().locked(key(), fails).await),
                    ("", store.clone().ended(key(), fails).await),
                    ("key=k,upper=1", store.several(key(), fails).await),
                ];
                for (labels, result) in all {
                    let expected = if fails { Err("k") } else { Ok(labels) };
                    assert_eq!(result.as_deref().map_err(String::as_str), expected);
                }
            }
        });
    });
    let names = ["labeled", "cleaned", "kept", "guarded", "locked", "ended", "several"];
    let spans = names.map(|name| format!("{name}(self,key,fails)"));
    let (seen, errors) = seen.0.lock().unwrap().clone();
    assert_eq!(seen, [spans.clone(), spans].concat());
    assert_eq!(errors, 7);
}
