//! `#[lock_os_thread]` on sync fns: what is put back, what is reported, and the proof in between.

use crate::support::{child, thread_state};
use hooks_runtime::lock_os_thread;
use hooks_runtime::os_thread::{self, Leak, LockedThread, Piece};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use thread_state::{block, collect_leaks, counts, is_blocked, reports};

const SIGNAL: i32 = libc::SIGUSR1;

#[derive(Clone, Copy, PartialEq)]
enum Exit {
    End,
    Return,
    QuestionMark,
    Unwind,
}

#[lock_os_thread(restore(signal_mask, affinity, nice, timer_slack, locale, fp_env, name), reason = "a test")]
fn changes_all(exit: Exit) -> Result<i32, std::num::ParseIntError> {
    block(SIGNAL);
    thread_state::run_on(thread_state::affinity()[0]);
    thread_state::set_timer_slack(77_000);
    thread_state::set_locale();
    thread_state::set_rounding();
    thread_state::set_name(c"changed");
    match exit {
        Exit::Return => return Ok(1),
        Exit::QuestionMark => {
            "x".parse::<i32>()?;
        }
        Exit::Unwind => panic!("on purpose"),
        Exit::End => {}
    }
    Ok(2)
}

fn all() -> (bool, Vec<usize>, i32, usize, i32, String) {
    let (slack, rounding) = (thread_state::timer_slack(), thread_state::rounding());
    (
        is_blocked(SIGNAL),
        thread_state::affinity(),
        slack,
        thread_state::locale(),
        rounding,
        thread_state::name(),
    )
}

#[test]
fn what_is_declared_is_put_back_on_every_exit() {
    collect_leaks();
    let before = all();
    for exit in [Exit::End, Exit::Return, Exit::QuestionMark, Exit::Unwind] {
        let result = catch_unwind(|| changes_all(exit));
        assert_eq!(result.is_err(), exit == Exit::Unwind);
        assert_eq!(all(), before);
    }
    assert_eq!(reports("changes_all"), []);
    assert_eq!(counts("changes_all"), []);
}

#[test]
fn nice_is_put_back_where_the_kernel_lets_it() {
    #[lock_os_thread(restore(nice), reason = "a test")]
    fn nicer() {
        thread_state::set_nice(thread_state::nice() + 1);
    }
    collect_leaks();
    std::thread::spawn(|| {
        let before = thread_state::nice();
        nicer();
        // Without the privilege to go back it stays, and that is told.
        let told = reports("nicer");
        if thread_state::nice() == before {
            assert_eq!(told, []);
        } else {
            assert_eq!(told[0].changes()[0].piece, Piece::Nice);
        }
    })
    .join()
    .unwrap();
}

#[test]
fn what_is_not_declared_is_reported_once_with_both_values_and_counted() {
    #[lock_os_thread(restore(timer_slack), reason = "a test")]
    fn forgetful() {
        block(SIGNAL);
        thread_state::set_timer_slack(77_000);
    }
    collect_leaks();
    for _ in 0..3 {
        std::thread::spawn(|| {
            let slack = thread_state::timer_slack();
            forgetful();
            assert!(is_blocked(SIGNAL));
            assert_eq!(thread_state::timer_slack(), slack);
        })
        .join()
        .unwrap();
    }
    let reports = reports("forgetful");
    assert_eq!(reports.len(), 1);
    let changes = reports[0].changes();
    assert_eq!(changes.len(), 1);
    assert_eq!(
        (changes[0].piece, changes[0].before.as_str(), changes[0].after.as_str()),
        (Piece::SignalMask, "none", "10")
    );
    assert!(reports[0].to_string().ends_with("left its thread changed: signal_mask was none, is 10"));
    let counts = counts("forgetful");
    assert_eq!(
        counts.iter().map(|count| (count.piece, count.count)).collect::<Vec<_>>(),
        [(Piece::SignalMask, 3)]
    );
}

/// Without a hook, and where standard error is full: the fn returns and unwinds as it would.
#[test]
fn a_report_that_cannot_be_written_changes_nothing() {
    #[lock_os_thread(reason = "a test")]
    fn returns() {
        block(SIGNAL);
    }
    #[lock_os_thread(reason = "a test")]
    fn unwinds() {
        thread_state::set_timer_slack(77_000);
        panic!("on purpose");
    }
    if !child::is_child() {
        let ended = child::run_mute("os_thread::sync::a_report_that_cannot_be_written_changes_nothing");
        assert_eq!((ended.code, ended.said()), (Some(0), vec!["two leaks"]), "{}", ended.written);
        return;
    }
    returns();
    assert!(catch_unwind(unwinds).is_err());
    assert_eq!((counts("returns").len(), counts("unwinds").len()), (1, 1));
    child::say("two leaks");
}

#[test]
fn each_piece_of_the_list_is_watched() {
    #[lock_os_thread(reason = "a test")]
    fn changes_every_piece() {
        block(SIGNAL);
        thread_state::run_on(thread_state::affinity()[0]);
        thread_state::change_nice();
        thread_state::set_timer_slack(77_000);
        thread_state::set_locale();
        thread_state::set_rounding();
        thread_state::set_name(c"changed");
    }
    collect_leaks();
    let cpus = std::thread::spawn(|| {
        let cpus = thread_state::affinity().len();
        changes_every_piece();
        cpus
    });
    let one_cpu = cpus.join().unwrap() == 1;
    let mut expected = vec![
        Piece::SignalMask,
        Piece::Affinity,
        Piece::Nice,
        Piece::TimerSlack,
        Piece::Locale,
        Piece::FpEnv,
        Piece::Name,
    ];
    if one_cpu {
        expected.retain(|piece| *piece != Piece::Affinity);
    }
    if !thread_state::nice_can_change() {
        expected.retain(|piece| *piece != Piece::Nice);
    }
    let pieces: Vec<Piece> = reports("changes_every_piece")[0].changes().iter().map(|c| c.piece).collect();
    assert_eq!(pieces, expected);
}

#[test]
fn irreversible_changes_are_reported_with_a_full_check_only() {
    #[lock_os_thread(check = "full", reason = "a test")]
    fn full() {
        thread_state::unshare_directories();
        thread_state::no_new_privileges();
    }
    #[lock_os_thread(reason = "a test")]
    fn cheap() {
        thread_state::unshare_directories();
        thread_state::no_new_privileges();
    }
    collect_leaks();
    std::thread::spawn(full).join().unwrap();
    std::thread::spawn(cheap).join().unwrap();
    let shown: Vec<_> =
        reports("full")[0].changes().iter().map(|c| (c.piece, c.before.clone(), c.after.clone())).collect();
    assert_eq!(
        shown,
        [
            (Piece::NoNewPrivileges, "0".to_owned(), "1".to_owned()),
            (Piece::FileSystem, "the process's".to_owned(), "the thread's own".to_owned()),
        ]
    );
    assert_eq!(reports("cheap"), []);
}

#[lock_os_thread(token = thread, reason = "a test")]
fn outer(inside: impl FnOnce(&LockedThread)) -> bool {
    inside(thread);
    LockedThread::current().is_some()
}

#[test]
fn the_token_proves_the_lock_and_is_counted() {
    assert!(LockedThread::current().is_none());
    let mut kept = None;
    let inside = outer(|token| {
        assert!(token.site().function().ends_with("outer"));
        assert!(outer(|_| ()));
        assert!(LockedThread::current().is_some(), "the inner one has unlocked the outer one");
        kept = LockedThread::current();
    });
    assert!(inside);
    assert!(LockedThread::current().is_some(), "a proof is still there");
    drop(kept);
    assert!(LockedThread::current().is_none());
}

#[test]
fn the_lock_goes_with_an_unwind() {
    assert!(catch_unwind(AssertUnwindSafe(|| outer(|_| panic!("on purpose")))).is_err());
    assert!(LockedThread::current().is_none());
}

#[test]
fn an_inner_fn_puts_back_what_it_declares_and_leaves_the_rest_to_the_outer() {
    #[lock_os_thread(restore(signal_mask), reason = "a test")]
    fn outside() {
        block(libc::SIGUSR1);
        inside();
        assert!(!is_blocked(libc::SIGUSR2), "the inner fn's own");
        assert!(is_blocked(libc::SIGUSR1), "the outer fn's");
        bare();
    }
    #[lock_os_thread(restore(signal_mask), reason = "a test")]
    fn inside() {
        block(libc::SIGUSR2);
    }
    #[lock_os_thread(reason = "a test")]
    fn bare() {
        block(libc::SIGUSR2);
    }
    collect_leaks();
    std::thread::spawn(|| {
        outside();
        assert!(!is_blocked(libc::SIGUSR1) && !is_blocked(libc::SIGUSR2));
    })
    .join()
    .unwrap();
    for function in ["outside", "inside", "bare"] {
        assert_eq!(reports(function), [], "{function}");
    }
}

struct Smuggled(#[expect(dead_code, reason = "dropped")] LockedThread);
// SAFETY: it is not: this is what the check in `drop` is for.
unsafe impl Send for Smuggled {}

#[test]
fn a_proof_dropped_on_another_thread_is_reported() {
    #[lock_os_thread(reason = "a test")]
    fn smuggler() -> Smuggled {
        Smuggled(LockedThread::current().unwrap())
    }
    collect_leaks();
    std::thread::spawn(|| {
        let proof = smuggler();
        std::thread::spawn(move || {
            let proof = proof;
            drop(proof);
            assert!(LockedThread::current().is_none());
        })
        .join()
        .unwrap();
        assert!(LockedThread::current().is_some(), "its own thread stays locked");
    })
    .join()
    .unwrap();
    let reports = reports("smuggler");
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].changes()[0].piece, Piece::Thread);
    assert_ne!(reports[0].changes()[0].before, reports[0].changes()[0].after);
}

/// As on a thread of a pool, which other fns run on afterwards.
#[test]
fn a_proof_that_stays_does_not_silence_the_fns_after_it() {
    thread_local! {
        static KEPT: RefCell<Option<LockedThread>> = const { RefCell::new(None) };
    }
    #[lock_os_thread(reason = "a test")]
    fn proof() -> LockedThread {
        LockedThread::current().unwrap()
    }
    #[lock_os_thread(reason = "a test")]
    fn changes_name() {
        thread_state::set_name(c"changed");
        bare_inside();
    }
    #[lock_os_thread(reason = "a test")]
    fn bare_inside() {
        block(SIGNAL);
    }
    #[lock_os_thread(token = thread, reason = "a test")]
    fn retires() {
        thread.retire();
    }
    let ways: [fn(LockedThread); 3] = [
        |proof| {
            let proof = Smuggled(proof);
            std::thread::spawn(move || drop(proof)).join().unwrap();
        },
        std::mem::forget,
        |proof| KEPT.set(Some(proof)),
    ];
    collect_leaks();
    for way in ways {
        let pool = move || {
            way(proof());
            assert!(LockedThread::current().is_some());
            changes_name();
            retires();
        };
        std::thread::spawn(pool).join().unwrap();
    }
    let counted = |function| counts(function).iter().map(|c| (c.piece, c.count)).collect::<Vec<_>>();
    assert_eq!(counted("changes_name"), [(Piece::SignalMask, 3), (Piece::Name, 3)]);
    assert_eq!(counted("bare_inside"), []);
    assert_eq!(counted("retires"), [(Piece::Reusable, 3)]);
}

#[test]
fn retiring_a_thread_that_is_not_ours_is_reported() {
    #[lock_os_thread(token = thread, reason = "a test")]
    fn spoils() {
        thread.retire();
    }
    collect_leaks();
    spoils();
    assert_eq!(reports("spoils")[0].changes()[0].piece, Piece::Reusable);
}

#[test]
fn the_list_shows_who_is_locked_why_and_since_when() {
    #[lock_os_thread(restore(name), reason = "the driver (v2) keeps\nits handle: here")]
    fn with_reason() -> Option<os_thread::Held> {
        inner_fn();
        let mine = |held: &os_thread::Held| held.thread_id == thread_state::thread_id();
        os_thread::locked().into_iter().find(mine)
    }
    #[lock_os_thread(reason = "another one")]
    fn inner_fn() {}
    let start = std::time::SystemTime::now();
    let held = with_reason().unwrap();
    assert!(held.site.function().ends_with("::with_reason"));
    assert_eq!(held.site.arguments(), "restore=name");
    assert_eq!(held.site.reason(), Some("the driver (v2) keeps\nits handle: here"));
    assert_eq!((held.site.file(), held.site.line() > 0), (file!(), true));
    assert!(held.since >= start);
    assert_eq!(held.thread_name.as_deref(), std::thread::current().name());
    assert!(os_thread::locked().iter().all(|held| held.thread_id != thread_state::thread_id()));
}

#[test]
fn the_cpu_is_set_and_put_back() {
    #[lock_os_thread(cpu = cpu, reason = "a test")]
    fn on_cpu(cpu: usize) -> Vec<usize> {
        thread_state::affinity()
    }
    let before = thread_state::affinity();
    let last = *before.last().unwrap();
    assert_eq!(on_cpu(last), [last]);
    assert_eq!(thread_state::affinity(), before);
}

#[test]
fn a_cpu_that_is_not_allowed_is_refused_with_those_that_are() {
    #[lock_os_thread(cpu = 1023, reason = "a test")]
    fn nowhere() {}
    #[lock_os_thread(cpu = 5000, reason = "a test")]
    fn beyond() {}
    thread_state::run_on(thread_state::affinity()[0]);
    let before = thread_state::affinity();
    for function in [nowhere, beyond] {
        let message = *catch_unwind(function).unwrap_err().downcast::<String>().unwrap();
        let allowed = message.rsplit_once("allowed: ").unwrap().1;
        assert!(allowed.starts_with('0') || allowed.starts_with(char::is_numeric), "{message}");
        assert!(message.starts_with("lock_os_thread(cpu="), "{message}");
        assert!(LockedThread::current().is_none());
        assert_eq!(thread_state::affinity(), before);
    }
}

struct Driver {
    calls: u32,
}

impl Driver {
    #[lock_os_thread(token = thread, restore(fp_env), reason = "a test")]
    fn call<'a>(&'a mut self, name: &'a str) -> (&'a mut u32, &'a str) {
        assert!(thread.site().function().ends_with("call"));
        self.calls += 1;
        (&mut self.calls, name)
    }
}

#[test]
fn methods_borrow_as_without_it() {
    let mut driver = Driver { calls: 0 };
    *driver.call("x").0 += 1;
    assert_eq!(driver.call("y"), (&mut 3, "y"));
}

#[test]
fn another_mount_namespace_is_seen_where_a_thread_may_enter_one() {
    #[lock_os_thread(check = "full", reason = "a test")]
    fn own_mounts() -> bool {
        // SAFETY: no memory is passed.
        unsafe { libc::unshare(libc::CLONE_NEWNS) == 0 }
    }
    collect_leaks();
    let entered = std::thread::spawn(own_mounts).join().unwrap();
    let pieces: Vec<Piece> = reports("own_mounts").iter().flat_map(Leak::changes).map(|c| c.piece).collect();
    // Only root may.
    assert_eq!(pieces, if entered { vec![Piece::Namespaces, Piece::FileSystem] } else { vec![] });
}
