//! A thread that owns the data and is asked by a channel, as the connection of an embedded database often is.

use crate::routes::compute;
use hooks_runtime::labels::Carried;
use std::io;
use std::sync::mpsc::{Sender, channel};
use tokio::sync::oneshot;

#[derive(Clone)]
pub(crate) struct Store(Sender<Carried<Query>>);

struct Query {
    id: u64,
    answer: oneshot::Sender<String>,
}

pub(crate) fn open() -> io::Result<Store> {
    let (queries, inbox) = channel::<Carried<Query>>();
    std::thread::Builder::new().name("store".into()).spawn(move || {
        for query in inbox {
            // With the labels of who asks, and not with those of the thread, which has none.
            query.run(|Query { id, answer }| {
                // Who asked may have gone.
                let _ = answer.send(format!("order {id}, {}", compute(16)));
            });
        }
    })?;
    Ok(Store(queries))
}

impl Store {
    /// `None`: the store has gone.
    pub(crate) async fn find(&self, id: u64) -> Option<String> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Carried::new(Query { id, answer })).ok()?;
        answered.await.ok()
    }
}
