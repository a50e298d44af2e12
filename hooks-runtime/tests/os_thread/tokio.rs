//! Async bodies on threads of their own, with the caller's tokio runtime.

use crate::support::thread_state::{received, thread_id};
use hooks_runtime::lock_os_thread;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};

fn runtimes() -> [Runtime; 2] {
    let multi = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    [multi, Builder::new_current_thread().enable_all().build().unwrap()]
}

#[lock_os_thread(reason = "a test")]
async fn timers_and_io() -> String {
    let id = thread_id();
    tokio::time::sleep(Duration::from_millis(2)).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (client, served) = tokio::join!(tokio::net::TcpStream::connect(address), listener.accept());
    drop((client.unwrap(), served.unwrap()));
    let elsewhere = tokio::spawn(async { thread_id() }).await.unwrap();
    assert_ne!(elsewhere, id);
    assert_eq!(thread_id(), id);
    tokio::time::timeout(Duration::from_millis(2), std::future::pending::<()>())
        .await
        .unwrap_err()
        .to_string()
}

#[test]
fn timers_io_and_tasks_are_the_callers() {
    for runtime in runtimes() {
        let told = runtime.block_on(async { tokio::spawn(timers_and_io()).await.unwrap() });
        assert_eq!(told, "deadline has elapsed");
    }
}

struct Dropped(mpsc::Sender<i32>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.send(thread_id()).unwrap();
    }
}

#[lock_os_thread(reason = "a test")]
async fn sleeps_for_ever(begun: mpsc::Sender<i32>, dropped: Dropped) {
    begun.send(thread_id()).unwrap();
    let _dropped = dropped;
    tokio::time::sleep(Duration::from_secs(100_000)).await;
}

#[test]
fn an_aborted_task_drops_the_body_on_its_thread() {
    for runtime in runtimes() {
        let (begun, begins) = mpsc::channel();
        let (dropped, drops) = mpsc::channel();
        runtime.block_on(async {
            let task = tokio::spawn(sleeps_for_ever(begun, Dropped(dropped)));
            tokio::task::yield_now().await;
            while drops.try_recv().is_err() && begins.try_recv().is_err() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        });
        received(&drops);
    }
}

#[test]
fn the_end_of_the_runtime_ends_the_body() {
    for runtime in runtimes() {
        let (begun, begins) = mpsc::channel();
        let (dropped, drops) = mpsc::channel();
        runtime.block_on(async {
            tokio::spawn(sleeps_for_ever(begun, Dropped(dropped)));
            tokio::time::sleep(Duration::from_millis(5)).await;
        });
        let id = received(&begins);
        drop(runtime);
        assert_eq!(received(&drops), id);
    }
}

#[test]
fn a_body_awaited_elsewhere_ends_with_tokios_panic_when_the_runtime_does() {
    let [runtime, _] = runtimes();
    let (begun, begins) = mpsc::channel();
    let (dropped, drops) = mpsc::channel();
    let mut future = Box::pin(sleeps_for_ever(begun, Dropped(dropped)));
    {
        let _entered = runtime.enter();
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
    }
    received(&begins);
    // Until the body waits: what is not registered with the timers yet does not learn of their end.
    std::thread::sleep(Duration::from_millis(200));
    runtime.shutdown_background();
    let ended = catch_unwind(AssertUnwindSafe(|| futures::executor::block_on(future)));
    let payload = ended.unwrap_err();
    let message = payload
        .downcast_ref::<String>()
        .map_or_else(|| payload.downcast_ref::<&str>().unwrap().to_string(), String::clone);
    assert!(message.contains("being shutdown"), "{message}");
    received(&drops);
}

#[test]
fn a_sync_fn_on_a_named_thread_has_the_callers_runtime_too() {
    #[lock_os_thread(thread = "with-runtime", reason = "a test")]
    fn runtime_here() -> (Option<tokio::runtime::Id>, i32) {
        (Handle::try_current().ok().map(|handle| handle.id()), thread_id())
    }
    for runtime in runtimes() {
        let _entered = runtime.enter();
        let (id, thread) = runtime_here();
        assert_eq!(id, Some(runtime.handle().id()));
        assert_ne!(thread, thread_id());
    }
    assert_eq!(runtime_here().0, None, "the one before is left again");
}

#[test]
fn a_panic_in_the_body_is_the_tasks() {
    #[lock_os_thread(reason = "a test")]
    async fn panics() {
        tokio::task::yield_now().await;
        panic!("on purpose");
    }
    let [runtime, _] = runtimes();
    let error = runtime.block_on(async { tokio::spawn(panics()).await.unwrap_err() });
    assert_eq!(*error.into_panic().downcast::<&str>().unwrap(), "on purpose");
}

#[tokio::test]
#[lock_os_thread(reason = "a test")]
async fn it_stacks_under_other_attributes() {
    assert!(hooks_runtime::os_thread::LockedThread::current().is_some());
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[test]
fn many_at_a_time() {
    #[lock_os_thread(reason = "a test")]
    async fn one(number: u64) -> u64 {
        tokio::time::sleep(Duration::from_micros(number % 7 * 100)).await;
        number
    }
    let [runtime, _] = runtimes();
    let sum: u64 = runtime.block_on(async {
        let tasks: Vec<_> = (0..200).map(|number| tokio::spawn(one(number))).collect();
        let mut sum = 0;
        for (number, task) in tasks.into_iter().enumerate() {
            if number % 5 == 0 {
                task.abort();
            }
            sum += task.await.unwrap_or(number as u64);
        }
        sum
    });
    assert_eq!(sum, 199 * 200 / 2);
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn the_future_can_be_sent_though_the_body_cannot() {
    #[lock_os_thread(reason = "a test")]
    async fn holds_rc() -> u32 {
        let kept = std::rc::Rc::new(1);
        tokio::task::yield_now().await;
        *kept
    }
    let future: Box<dyn Future<Output = u32> + Send + Unpin> = Box::new(Box::pin(assert_send(holds_rc())));
    assert_eq!(Runtime::new().unwrap().block_on(future), 1);
}
