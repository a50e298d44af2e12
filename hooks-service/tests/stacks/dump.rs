//! What a dump says of threads that answer.

use super::crowd::{Crowd, WAYS};
#[cfg(target_arch = "x86_64")]
use super::in_a_child;
use super::{dump, functions, named, until_in};
use hooks_runtime::{labels, lock_os_thread};
use hooks_service::stacks::{Answer, Capture, Error, State, capture, prepare, signal};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

#[test]
#[cfg_attr(target_env = "musl", ignore = "musl has no unwind tables: a stack that begins in it ends there")]
fn every_way_to_wait_is_shown_to_its_root() {
    let crowd = Crowd::new(WAYS.len());
    for (index, (way, _)) in WAYS.iter().enumerate() {
        let (name, function) = (format!("{way}-{index}"), if *way == "spin" { "crowd::spin" } else { way });
        let function = if *way == "spin" { function.to_owned() } else { format!("wait_in_{function}") };
        let dump = until_in(&name, &function);
        let thread = named(&dump, &name);
        assert_eq!(thread.answer(), Answer::Whole, "{name}");
        let functions = functions(&dump, thread);
        assert!(functions.iter().any(|function| function.contains("spawn_unchecked")), "{functions:#?}");
        assert!(*way != "spin" || thread.state() == State::Running);
    }
    drop(crowd);
}

#[test]
#[cfg_attr(target_env = "musl", ignore = "musl has no unwind tables: a stack that begins in it ends there")]
#[cfg(target_arch = "x86_64")]
fn the_calling_thread_is_in_it_and_runs() {
    let dump = dump();
    // SAFETY: always succeeds.
    let own = unsafe { libc::gettid() }.cast_unsigned();
    let thread = dump.threads().iter().find(|thread| thread.id() == own).unwrap();
    assert_eq!((thread.state(), thread.answer()), (State::Running, Answer::Whole));
    let name = "the_calling_thread_is_in_it_and_runs";
    let frames = dump.frames(thread);
    let frame = frames.iter().find(|frame| frame.function.ends_with(name)).unwrap();
    assert!(frame.file.unwrap().ends_with("tests/stacks/dump.rs") && frame.line > 0, "{frame:?}");
    assert!(dump.elapsed() > Duration::ZERO && dump.pauses().longest >= dump.pauses().median);
}

#[test]
fn labels_and_the_reason_of_a_lock_are_the_threads_own() {
    #[lock_os_thread(reason = "the context is current here")]
    fn locked(ready: &mpsc::Sender<()>, go_on: &mpsc::Receiver<()>) {
        ready.send(()).unwrap();
        let _ = go_on.recv();
    }
    let (ready, is_ready) = mpsc::channel();
    let (end, go_on) = mpsc::channel();
    let body = move || {
        labels! { "route" => "/orders", "size" => 42 }.scope(|| locked(&ready, &go_on));
    };
    let thread = thread::Builder::new().name("labelled".into()).spawn(body).unwrap();
    is_ready.recv().unwrap();
    let dump = dump();
    let found = named(&dump, "labelled");
    let labels: Vec<_> =
        found.labels().iter().map(|label| format!("{}={}", label.key, label.value)).collect();
    assert_eq!(labels, ["route=/orders", "size=42"]);
    assert_eq!(found.locked().unwrap().site.reason(), Some("the context is current here"));
    let others = dump.threads().iter().filter(|thread| thread.id() != found.id());
    assert!(others.into_iter().all(|thread| thread.labels().is_empty() && thread.locked().is_none()));
    drop(end);
    thread.join().unwrap();
}

#[inline(never)]
#[cfg(target_arch = "x86_64")]
fn recurse(depth: u32, end: &dyn Fn()) {
    let room = std::hint::black_box([depth; 64]);
    if depth == 0 {
        end();
    } else {
        recurse(depth - 1, end);
    }
    std::hint::black_box(room);
}

#[test]
#[cfg_attr(target_env = "musl", ignore = "musl has no unwind tables: a stack that begins in it ends there")]
#[cfg(target_arch = "x86_64")]
fn a_stack_deeper_than_the_copy_is_cut_and_says_so() {
    let (ready, is_ready) = mpsc::channel();
    let at_the_end = move || {
        ready.send(()).unwrap();
        thread::park();
    };
    let thread = thread::Builder::new().name("deep".into()).spawn(move || recurse(150, &at_the_end)).unwrap();
    is_ready.recv().unwrap();
    let dump = dump();
    let found = named(&dump, "deep");
    let depth = functions(&dump, found).iter().filter(|name| name.contains("dump::recurse")).count();
    assert!(found.answer() == Answer::Cut && (10..150).contains(&depth), "{:?} at {depth}", found.answer());
    thread.thread().unpark();
    thread.join().unwrap();
}

#[test]
fn dumps_are_limited_in_number_and_one_at_a_time() {
    prepare().unwrap();
    assert!((libc::SIGRTMIN()..=libc::SIGRTMAX()).contains(&signal()));
    capture().unwrap();
    let Err(Error::TooSoon { wait }) = capture() else { panic!("the second within a second") };
    assert!(wait <= Duration::from_secs(1));
    let _crowd = Crowd::new(50);
    let attempt =
        |_| thread::spawn(|| (0..50).flat_map(|_| Capture::new().interval(Duration::ZERO).take()).count());
    let attempts: Vec<_> = (0..4).map(attempt).collect();
    let taken: usize = attempts.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert!(taken > 0, "none of them came through");
}

#[test]
fn a_handler_that_is_not_ours_is_left_alone() {
    extern "C" fn other(_: libc::c_int) {}
    prepare().unwrap();
    let handler = other as extern "C" fn(libc::c_int) as libc::sighandler_t;
    // SAFETY: a handler that does nothing.
    unsafe { libc::signal(signal(), handler) };
    let error = Capture::new().interval(Duration::ZERO).take().unwrap_err();
    assert!(matches!(error, Error::ForeignHandler { handler: found, .. } if found == handler), "{error}");
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_forked_child_takes_dumps_of_its_own() {
    dump();
    in_a_child(|| Capture::new().take().is_ok_and(|dump| dump.threads().len() == 1));
}
