//! `#[cleanup(close = .., args(..))]` on structs: closed once, the error seen, the net, the ways out of it.

// A cleanup is given its arguments, and says whether it failed.
#![allow(clippy::unnecessary_wraps, clippy::needless_pass_by_value)]

use hooks_runtime::cleanup::{self, FaultKind, Owned};
use std::cell::RefCell;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Mutex;

thread_local! {
    static CLOSED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static FAULTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn closed(what: impl fmt::Display) {
    CLOSED.with_borrow_mut(|closed| closed.push(what.to_string()));
}

/// What was closed in `work`, and the faults of it.
fn after(work: impl FnOnce()) -> (Vec<String>, Vec<String>) {
    cleanup::on_fault(|fault| {
        let what = match &fault.kind {
            FaultKind::NotClosed => format!("not closed: {}", fault.origin),
            kind => kind.to_string(),
        };
        FAULTS.with_borrow_mut(|faults| faults.push(what));
    });
    drop((CLOSED.take(), FAULTS.take()));
    work();
    (CLOSED.take(), FAULTS.take())
}

fn close_fd(fd: i32) -> io::Result<()> {
    closed(fd);
    if fd < 0 { Err(io::Error::other("bad fd")) } else { Ok(()) }
}

/// Drops are noted too.
struct Field(&'static str);

impl Drop for Field {
    fn drop(&mut self) {
        closed(self.0);
    }
}

#[hooks_runtime::cleanup(close = close_fd, args(fd))]
struct Resource {
    before: Field,
    fd: i32,
    after: Field,
}

const RESOURCE_LINE: u32 = line!() - 7;

fn resource(fd: i32) -> Resource {
    Resource { before: Field("before"), fd, after: Field("after") }
}

// Fields that are not there, of a type that is not.
#[hooks_runtime::cleanup(close = close_fd, args(fd))]
struct Configured<'a, T: fmt::Display = u8>
where
    T: Copy,
{
    #[cfg(any())]
    windows_only: Missing,
    before: Field,
    #[cfg(test)]
    fd: i32,
    #[cfg_attr(all(), cfg(any()))]
    gone: Missing,
    after: &'a T,
}

// What is emitted reads the field.
#[deny(unfulfilled_lint_expectations)]
#[hooks_runtime::cleanup(close = close_fd, args(fd))]
struct Expected {
    fd: i32,
    #[expect(dead_code)]
    name: u32,
}

#[test]
fn an_expected_lint_may_be_lost() {
    assert_eq!(after(|| Expected { fd: 1, name: 2 }.close().unwrap()).0, ["1"]);
}

#[hooks_runtime::cleanup(close = close_fd, args(0))]
struct ConfiguredNumbers<T>(i32, T, #[cfg(any())] Missing)
where
    T: Copy;

#[test]
fn a_field_that_is_not_there_is_nowhere() {
    let configured = |fd| Configured { before: Field("before"), fd, after: &1_u8 };
    let (closed, faults) = after(|| {
        configured(1).close().unwrap();
        configured(2).stop();
        drop(configured(3));
        let parts = configured(4).into_parts();
        assert_eq!((parts.fd, *parts.after), (4, 1));
        drop(parts);
        ConfiguredNumbers(5, "x").close().unwrap();
        assert_eq!(ConfiguredNumbers(6, "x").into_parts().1, "x");
    });
    assert_eq!(closed, ["1", "before", "before", "3", "before", "before", "5"]);
    assert_eq!(faults.len(), 1);
}

#[test]
fn close_runs_once_and_drops_the_rest() {
    let (closed, faults) = after(|| resource(3).close().unwrap());
    assert_eq!(closed, ["3", "before", "after"]);
    assert!(faults.is_empty());
}

#[test]
fn the_error_is_seen_and_nothing_is_closed_again() {
    let (closed, faults) = after(|| assert_eq!(resource(-1).close().unwrap_err().to_string(), "bad fd"));
    assert_eq!(closed, ["-1", "before", "after"]);
    assert!(faults.is_empty());
}

#[test]
fn the_net_closes_what_is_dropped_and_names_the_struct() {
    let (closed, faults) = after(|| drop(resource(-1)));
    assert_eq!(closed, ["-1", "before", "after"]);
    let site = format!("cleanup(close_fd,fd) main::cleanup::structure::Resource {}:{RESOURCE_LINE}", file!());
    assert_eq!(faults, [format!("not closed: {site}"), "the cleanup failed: bad fd".to_owned()]);
    assert!(hooks_runtime::sites().iter().any(|known| known.to_string() == site));
}

#[test]
fn stop_and_into_parts_leave_it_open() {
    let (closed, faults) = after(|| {
        resource(3).stop();
        let (before, fd, after) = resource(4).into_parts();
        assert_eq!((before.0, fd, after.0), ("before", 4, "after"));
    });
    assert_eq!(closed, ["before", "after", "after", "before"]);
    assert!(faults.is_empty());
}

#[test]
fn a_value_dropped_while_unwinding_is_closed() {
    let (closed, faults) = after(|| {
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _resource = resource(3);
            panic!("as asked");
        }));
        assert!(unwound.is_err());
    });
    assert_eq!(closed, ["3", "before", "after"]);
    assert_eq!(faults.len(), 1);
}

fn panic_fd(fd: i32) {
    closed(fd);
    panic!("no {fd}");
}

#[hooks_runtime::cleanup(close = panic_fd, args(fd), result = ())]
struct Panics {
    fd: i32,
    after: Field,
}

#[test]
fn a_cleanup_that_panics() {
    let panics = || Panics { fd: 3, after: Field("after") };
    // Out of `close` and out of a plain drop, as any other.
    for leave in [Panics::close, drop] {
        let (closed, _) = after(|| {
            let panic = catch_unwind(AssertUnwindSafe(|| leave(panics()))).unwrap_err();
            assert_eq!(panic.downcast_ref::<String>().unwrap(), "no 3");
        });
        assert_eq!(closed, ["3", "after"]);
    }
    // While unwinding it ends there and is a fault.
    let (closed, faults) = after(|| {
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _panics = panics();
            panic!("as asked");
        }));
        assert_eq!(unwound.unwrap_err().downcast_ref::<&str>(), Some(&"as asked"));
    });
    assert_eq!(closed, ["3", "after"]);
    assert_eq!(faults[1], "the cleanup panicked: no 3");
}

mod shapes {
    use super::*;

    fn close_name<T: fmt::Debug>(name: &str, value: T) -> Result<usize, fmt::Error> {
        closed(format!("{name}={value:?}"));
        if name.is_empty() { Err(fmt::Error) } else { Ok(name.len()) }
    }

    #[hooks_runtime::cleanup(close = close_name::<T>, args(name, value), result = Result<usize, fmt::Error>)]
    #[derive(Debug, PartialEq)]
    pub(super) struct Generic<'a, T, const N: usize = 2>
    where
        T: Copy + fmt::Debug,
    {
        name: &'a str,
        value: T,
        rest: [Rc<()>; N],
    }

    #[test]
    fn generics_lifetimes_and_consts() {
        let name = String::from("name");
        let generic = || Generic { name: &name, value: 1.5, rest: [Rc::default(), Rc::default()] };
        let (closed, _) = after(|| {
            assert_eq!(generic(), generic());
            assert_eq!(generic().close().unwrap(), 4);
        });
        assert_eq!(closed, ["name=1.5"; 3]);
    }

    #[hooks_runtime::cleanup(close = close_fd, args(1))]
    struct Tuple(#[allow(dead_code)] Field, i32);

    #[hooks_runtime::cleanup(close = all_closed, args())]
    struct Unit;

    fn all_closed() -> io::Result<()> {
        close_fd(0)
    }

    #[test]
    fn tuple_and_unit_structs() {
        let (closed, faults) = after(|| {
            Tuple(Field("0"), 7).close().unwrap();
            drop(Tuple(Field("0"), 8));
            Unit.close().unwrap();
            drop(Unit);
        });
        assert_eq!(closed, ["7", "0", "8", "0", "0", "0"]);
        assert_eq!(faults.len(), 2);
    }

    /// An enum is covered as a field.
    enum Stream {
        Plain(i32),
        Other,
    }

    #[hooks_runtime::cleanup(close = close_stream, args(stream))]
    struct Connection {
        stream: Owned<Stream>,
    }

    fn close_stream(stream: Stream) -> io::Result<()> {
        match stream {
            Stream::Plain(fd) => close_fd(fd),
            Stream::Other => Ok(()),
        }
    }

    #[test]
    fn an_enum_goes_in_a_struct() {
        let connection = |stream| Connection { stream: Owned::new(stream) };
        let (closed, faults) = after(|| {
            connection(Stream::Plain(1)).close().unwrap();
            drop(connection(Stream::Plain(2)));
            drop(connection(Stream::Other));
        });
        assert_eq!(closed, ["1", "2"]);
        assert_eq!(faults.len(), 2);
    }

    fn close_field(field: Field) -> io::Result<()> {
        closed("close");
        drop(field);
        Ok(())
    }

    #[hooks_runtime::cleanup(close = close_field, args(field))]
    struct Owns<T> {
        field: Owned<Field>,
        kind: PhantomData<T>,
    }

    #[test]
    fn an_owned_field_is_dropped_once() {
        let owns = || Owns::<u8> { field: Field("field").into(), kind: PhantomData };
        let (closed, _) = after(|| owns().close().unwrap());
        assert_eq!(closed, ["close", "field"]);
        let (closed, _) = after(|| drop(owns()));
        assert_eq!(closed, ["close", "field"]);
        let (closed, _) = after(|| owns().stop());
        assert_eq!(closed, ["field"]);
        let (closed, _) = after(|| drop(owns().into_parts().0.into_inner()));
        assert_eq!(closed, ["field"]);
    }

    #[test]
    fn a_struct_inside_a_fn() {
        #[hooks_runtime::cleanup(close = close_fd, args(fd))]
        struct Local {
            fd: i32,
        }
        let (closed, _) = after(|| Local { fd: 5 }.close().unwrap());
        assert_eq!(closed, ["5"]);
    }
}

#[test]
fn in_the_background() {
    static THREADS: Mutex<Vec<(i32, Option<String>)>> = Mutex::new(Vec::new());

    fn close_slowly(fd: i32) -> io::Result<()> {
        let name = std::thread::current().name().map(str::to_owned);
        THREADS.lock().unwrap().push((fd, name));
        Ok(())
    }

    #[hooks_runtime::cleanup(close = close_slowly, args(fd), background)]
    struct Slow {
        fd: i32,
    }

    let (_, faults) = after(|| drop(Slow { fd: 1 }));
    assert_eq!(faults.len(), 1);
    cleanup::background::drain(std::time::Duration::from_secs(60)).unwrap();
    Slow { fd: 2 }.close().unwrap();
    let here = std::thread::current().name().map(str::to_owned);
    assert_eq!(*THREADS.lock().unwrap(), [(1, Some("hooks-cleanup".to_owned())), (2, here)]);
}
