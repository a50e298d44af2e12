//! What compiles under `#[keep_alive]`: every kind of fn, and every way out of it, as without.
#![allow(clippy::needless_pass_by_value, reason = "what is passed by value is kept")]

use hooks_runtime::keep_alive::{KeepAlive, OutlastsFuture};
use hooks_runtime::{keep_alive, labeled, labels::Labels};
use std::fs::File;
use std::future::{Future, ready};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

/// Counts its drops.
#[derive(Debug, Default)]
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn counted() -> (Counted, impl Fn() -> usize) {
    let drops = Arc::new(AtomicUsize::new(0));
    (Counted(Arc::clone(&drops)), move || drops.load(Ordering::Relaxed))
}

fn finish<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits for nothing"),
    }
}

#[keep_alive(value)]
fn alive_to_the_end(value: Counted, drops: &dyn Fn() -> usize, how: u8) -> Result<usize, usize> {
    match how {
        0 => return Ok(drops()),
        1 => Err(drops())?,
        2 => panic!("{}", drops()),
        _ => {}
    }
    let _ = &value;
    Ok(drops())
}

#[test]
fn it_is_alive_at_every_way_out_and_dropped_after() {
    for how in 0..4 {
        let (value, drops) = counted();
        let call = std::panic::AssertUnwindSafe(|| alive_to_the_end(value, &drops, how));
        match std::panic::catch_unwind(call) {
            Ok(Ok(seen) | Err(seen)) => assert_eq!(seen, 0, "{how}"),
            Err(payload) => assert_eq!(payload.downcast_ref::<String>().unwrap(), "0"),
        }
        assert_eq!(drops(), 1, "{how}");
    }
}

#[keep_alive(key)]
fn lend<'a>(key: &str, out: &'a mut Vec<u8>) -> &'a mut [u8] {
    if key.is_empty() {
        return &mut out[..0];
    }
    out
}

#[keep_alive(mut out)]
fn lend_kept(out: &mut [u8], early: bool) -> &mut [u8] {
    out[0] = 7;
    if early {
        return &mut out[..1];
    }
    out
}

#[keep_alive(text)]
fn part(text: &str) -> Option<&str> {
    let first = text.chars().next()?;
    Some(&text[..first.len_utf8()])
}

#[keep_alive(one)]
fn by_elision(one: &mut Vec<u8>) -> &[u8] {
    &one[..]
}

#[test]
fn references_are_returned() {
    let mut bytes = vec![1, 2, 3];
    assert_eq!(lend("", &mut bytes), []);
    lend("k", &mut bytes)[2] = 9;
    assert_eq!(lend_kept(&mut bytes, true), [7]);
    assert_eq!(lend_kept(&mut bytes, false), [7, 2, 9]);
    assert_eq!(by_elision(&mut bytes), [7, 2, 9]);
    assert_eq!(part("été"), Some("é"));
    assert_eq!(part(""), None);
}

fn fill(into: &mut Vec<u8>) {
    into.extend(b"abc");
}

fn read(into: &mut [u8]) -> usize {
    into[0] = b'x';
    into.len()
}

#[keep_alive(mut buf, mut array)]
fn change(mut buf: Vec<u8>, mut array: [u8; 4], seen: &mut Vec<u8>) -> usize {
    buf.push(b'-');
    fill(&mut buf);
    array[1] = 5;
    for byte in array.iter_mut() {
        *byte += 1;
    }
    let length = read(&mut buf) + read(&mut array);
    seen.extend_from_slice(&buf);
    seen.extend(array.iter());
    length
}

#[test]
fn contents_are_changed() {
    let mut seen = Vec::new();
    assert_eq!(change(Vec::new(), [0; 4], &mut seen), 8);
    assert_eq!(seen, [b'x', b'a', b'b', b'c', b'x', 6, 1, 1]);
}

/// The owner's address and size, not those of the `&mut` that the body has.
#[keep_alive(mut array)]
fn places(mut array: [u8; 64]) -> [usize; 5] {
    let own = array.as_ptr().addr();
    let raw = (&raw mut array).cast::<u8>().addr();
    let cast = &mut array as *mut _ as *mut u8;
    let named = std::ptr::addr_of_mut!(array).cast::<u8>();
    [raw - own, cast.addr() - own, named.addr() - own, size_of_val(&array), read(&mut array)]
}

#[keep_alive(mut buf, future)]
fn places_later(mut buf: [u8; 64]) -> impl Future<Output = usize> {
    buf[0] = 1;
    async move { size_of_val(&buf) + usize::from(buf[0]) }
}

#[test]
fn a_borrow_is_of_the_owner() {
    assert_eq!(places([0; 64]), [0, 0, 0, 64, 64]);
    assert_eq!(finish(places_later([0; 64])), 65);
}

#[keep_alive(file)]
fn first_byte(file: File) -> io::Result<u8> {
    let fd = file.as_raw_fd();
    assert_eq!(file.as_fd().as_raw_fd(), fd);
    let mut byte = [0];
    (&file).read_exact(&mut byte)?;
    Ok(byte[0])
}

#[test]
fn files_are_kept_open() {
    let (reader, mut writer) = io::pipe().unwrap();
    writer.write_all(b"!").unwrap();
    let file = File::from(std::os::fd::OwnedFd::from(reader));
    assert_eq!(first_byte(file).unwrap(), b'!');
}

struct Connection {
    buf: Vec<u8>,
}

trait Sender {
    #[keep_alive(extra)]
    fn send(&mut self, extra: Vec<u8>) -> usize {
        extra.len()
    }

    fn kinds(self, tail: Box<[u8]>) -> usize;
}

impl Sender for Connection {
    #[keep_alive(self, tail)]
    fn kinds(self, tail: Box<[u8]>) -> usize {
        self.buf.len() + tail.len()
    }
}

#[keep_alive(buf)]
fn generic<B: AsRef<[u8]> + ?Sized, const N: usize>(buf: &B, _: [u8; N]) -> usize {
    buf.as_ref().len() + N
}

#[repr(C)]
struct Pair {
    left: Box<u8>,
    right: Box<u8>,
}

#[keep_alive(left, mut right)]
unsafe extern "C" fn foreign(Pair { left, mut right }: Pair) -> u8 {
    **right += *left;
    **right
}

#[keep_alive(buf)]
fn never_returns(buf: Vec<u8>) -> ! {
    panic!("{}", buf.len())
}

#[test]
fn every_kind_of_fn() {
    let mut connection = Connection { buf: vec![0; 3] };
    assert_eq!(connection.send(vec![0; 2]), 2);
    assert_eq!(connection.kinds([0; 4].into()), 7);
    assert_eq!(generic("abc", [0; 2]), 5);
    // SAFETY: the fn asks for nothing.
    assert_eq!(unsafe { foreign(Pair { left: Box::new(8), right: Box::new(1) }) }, 9);
    assert!(std::panic::catch_unwind(|| never_returns(Vec::new())).is_err());
}

#[keep_alive(buf, mut out)]
async fn asynchronous(buf: KeepAlive<Vec<u8>>, mut out: KeepAlive<Vec<u8>>) -> Option<usize> {
    out.get_mut()?.extend(&*buf);
    ready(()).await;
    if buf.is_empty() {
        return None;
    }
    out.first()?;
    Some(out.len())
}

/// Nothing of it is used after the fn has returned, since it waits for nothing.
#[allow(clippy::unused_async, reason = "that is what is tested")]
#[keep_alive(buf, mut out)]
async fn at_once(buf: Vec<u8>, mut out: Vec<u8>) -> usize {
    out.extend(&buf);
    out.len()
}

/// What is lent of it is in a `KeepAlive`.
struct Request {
    bytes: KeepAlive<Vec<u8>>,
    offset: usize,
}

impl OutlastsFuture for Request {}

#[keep_alive(request, more)]
async fn of_a_type_of_ours(request: Request, more: Vec<KeepAlive<u8>>) -> usize {
    ready(()).await;
    request.bytes.len() + request.offset + more.len()
}

#[keep_alive(buf)]
async fn not_sync(buf: KeepAlive<std::cell::Cell<u8>>) -> u8 {
    ready(()).await;
    buf.get()
}

#[keep_alive(buf)]
async fn static_reference(buf: &'static [u8]) -> usize {
    ready(buf.len()).await
}

#[keep_alive(buf, future)]
fn boxed(buf: KeepAlive<Vec<u8>>) -> Pin<Box<dyn Future<Output = usize> + Send>> {
    Box::pin(async move {
        ready(()).await;
        buf.len()
    })
}

/// What a runtime asks for.
fn send<F: Future + Send>(future: F) -> F {
    future
}

#[test]
fn futures_own_what_they_keep() {
    let kept = |bytes: &[u8]| KeepAlive::new(bytes.to_vec());
    assert_eq!(finish(asynchronous(kept(&[1, 2]), kept(&[3]))), Some(3));
    assert_eq!(finish(asynchronous(kept(&[]), kept(&[3]))), None);
    assert_eq!(finish(at_once(vec![1], vec![2])), 2);
    assert_eq!(finish(of_a_type_of_ours(Request { bytes: kept(&[1, 2]), offset: 3 }, Vec::new())), 5);
    // Held without asking for `Sync`, which the plain future would not ask for either.
    assert_eq!(finish(send(not_sync(KeepAlive::new(4.into())))), 4);
    assert_eq!(finish(static_reference(b"abc")), 3);
    assert_eq!(finish(boxed(kept(&[0; 5]))), 5);
}

#[keep_alive(value)]
async fn pending(value: KeepAlive<Counted>) -> usize {
    std::future::pending::<()>().await;
    value.0.load(Ordering::Relaxed)
}

#[test]
fn a_cancelled_future_drops_it_once() {
    let (value, drops) = counted();
    let mut future = Box::pin(pending(KeepAlive::new(value)));
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(drops(), 0);
    drop(future);
    assert_eq!(drops(), 1);
}

#[labeled(id)]
#[keep_alive(buf)]
fn labeled_first(id: u32, buf: Vec<u8>) -> String {
    format!("{} {}", Labels::current(), buf.len())
}

#[keep_alive(buf)]
#[labeled(id)]
fn kept_first(id: u32, buf: Vec<u8>) -> String {
    format!("{} {}", Labels::current(), buf.len())
}

#[labeled(id)]
#[keep_alive(buf)]
async fn async_labeled_first(id: u32, buf: KeepAlive<Vec<u8>>) -> String {
    ready(()).await;
    format!("{} {}", Labels::current(), buf.len())
}

#[keep_alive(buf)]
#[labeled(id)]
async fn async_kept_first(id: u32, buf: KeepAlive<Vec<u8>>) -> String {
    ready(()).await;
    format!("{} {}", Labels::current(), buf.len())
}

#[labeled(id)]
#[keep_alive(buf)]
#[labeled(other = 1)]
#[hooks_runtime::keep_alive(mut out)]
async fn between(id: u32, buf: KeepAlive<Vec<u8>>, mut out: KeepAlive<String>) -> String {
    out.get_mut().unwrap().push_str(&Labels::current().to_string());
    ready(()).await;
    format!("{} {}", out.as_str(), buf.len())
}

#[test]
fn it_stacks_in_both_orders() {
    let buf = || vec![0; 2];
    for seen in [
        labeled_first(1, buf()),
        kept_first(1, buf()),
        finish(async_labeled_first(1, KeepAlive::new(buf()))),
        finish(async_kept_first(1, KeepAlive::new(buf()))),
    ] {
        assert_eq!(seen, "id=1 2");
    }
    assert_eq!(finish(between(1, KeepAlive::new(buf()), KeepAlive::new("-".into()))), "-id=1,other=1 2");
}

#[hooks_runtime::lock_os_thread(thread = "kept", reason = "a test")]
#[keep_alive(buf)]
fn elsewhere(buf: Vec<u8>, early: bool) -> Option<usize> {
    if early {
        return None;
    }
    Some(buf.len())
}

#[keep_alive(buf)]
#[hooks_runtime::lock_os_thread(thread = "kept", reason = "a test")]
fn kept_elsewhere(buf: Vec<u8>) -> usize {
    buf.len()
}

#[hooks_runtime::lock_os_thread(reason = "a test")]
#[keep_alive(mut buf)]
async fn locked(mut buf: KeepAlive<Vec<u8>>) -> usize {
    buf.get_mut().unwrap().push(1);
    ready(()).await;
    buf.len()
}

#[test]
fn bodies_on_other_threads_hold_their_own() {
    assert_eq!(elsewhere(vec![0; 2], false), Some(2));
    assert_eq!(elsewhere(vec![0; 2], true), None);
    assert_eq!(kept_elsewhere(vec![0; 3]), 3);
    assert_eq!(futures::executor::block_on(locked(KeepAlive::new(vec![0; 3]))), 4);
}

macro_rules! made {
    ($name:ident($buf:ident: $ty:ty)) => {
        #[keep_alive($buf)]
        fn $name($buf: $ty) -> usize {
            $buf.len()
        }
    };
}
made!(by_macro(buf: Vec<u8>));

#[keep_alive(r#type, future)]
fn odd_names(r#type: Vec<u8>, future: Vec<u8>) -> usize {
    let kept_alive = r#type.len();
    kept_alive + future.len()
}

#[test]
fn names_do_not_clash() {
    assert_eq!(by_macro(vec![0; 3]), 3);
    assert_eq!(odd_names(vec![0], vec![0]), 2);
}

#[test]
#[cfg(target_os = "linux")]
fn every_use_is_listed() {
    let sites = hooks_runtime::sites();
    let of = |name| sites.iter().filter(move |site| site.function() == name);
    let site = of("main::keep_alive::shapes::change").next().expect("listed");
    assert_eq!((site.attribute(), site.arguments()), ("keep_alive", "mut buf,mut array"));
    assert_eq!(of("main::keep_alive::shapes::between").count(), 4);
}

#[keep_alive(mut text)]
fn appended(mut text: String, n: u32) -> String {
    text += "x";
    if text == "ax" && n > 0 {
        text += &n.to_string();
    }
    text.clone()
}

#[keep_alive(mut n)]
fn counted_down(mut n: u32) -> u32 {
    let mut steps = 0;
    n.clone_from(&4);
    while n > 0 {
        n -= 1;
        steps += n & 1;
    }
    for _ in 0..n {
        steps = 100;
    }
    steps * 10 + !n % 3
}

#[test]
fn operators_are_of_the_owner() {
    assert_eq!(appended("a".into(), 1), "ax1");
    assert_eq!(counted_down(9), 20);
}
