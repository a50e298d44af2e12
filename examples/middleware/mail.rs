//! A task that sends mail, one after the other.

use crate::routes::compute;
use hooks_runtime::labels::Carried;
use tokio::sync::mpsc::{Sender, channel};

pub(crate) type Outbox = Sender<Carried<Mail>>;

pub(crate) struct Mail {
    pub(crate) to: String,
}

pub(crate) fn open() -> Outbox {
    let (outbox, mut inbox) = channel::<Carried<Mail>>(64);
    tokio::spawn(async move {
        while let Some(mail) = inbox.recv().await {
            mail.run_async(send).await;
        }
    });
    outbox
}

async fn send(mail: Mail) {
    let letter = format!("{} is invited, {}", mail.to, compute(8));
    tokio::task::yield_now().await;
    std::hint::black_box((letter, compute(8)));
}
