//! The ways to die without a monitor: file and stderr compared byte by byte.

use super::itself;
use super::victim::{database, run, run_to, run_with};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

pub(crate) fn all() -> Vec<(&'static str, fn())> {
    vec![
        ("panics_that_end_the_process_are_in_both_places", panics),
        ("the_stack_of_a_panic_is_the_one_that_std_prints", stacks_of_panics),
        ("the_panic_of_main_is_the_one_that_counts", of_main),
        ("fatal_signals_are_in_both_places_and_kill", signals),
        ("the_first_process_of_a_container_exits", first_of_a_container),
        ("std_speaks_in_both_places_when_a_stack_overflows", overflow),
        ("a_foreign_thread_reports_its_overflow_with_an_alternate_stack", foreign),
        ("what_is_said_before_the_abort_is_on_stderr_only", exceptions),
        ("a_caught_panic_is_no_crash_unless_all_are_asked_for", policy),
        ("recovered_faults_are_no_crashes_and_crashes_are_still_reported", guarded),
        ("hooks_and_handlers_of_the_program_are_called", chaining),
        ("a_hook_that_panics_or_aborts_ends_the_process_with_its_panic_reported", bad_hooks),
        ("eight_crashes_at_once_are_one_report", eight),
        ("a_crash_inside_of_the_allocators_lock_is_reported", malloc),
        ("a_crash_of_the_report_or_of_a_handler_after_it_ends_the_process_all_the_same", recursion),
        ("a_full_disk_costs_the_file_only", full),
        ("descriptors_may_be_closed_or_used_up", descriptors),
        ("stderr_may_be_replaced", replaced),
        ("a_pipe_that_nobody_reads_holds_nobody_up", unread),
        ("the_environment_asks_for_more_and_never_less", traceback),
        ("other_threads_are_asked_for_their_stacks", others),
        ("two_runs_append", append),
    ]
}

fn panics() {
    let panic = run("panic", &[]);
    assert_eq!(panic.status.code(), Some(101));
    panic.assert_report(&["thread 'main' (", "panicked at ", "\nhello\n", "labels: route=/orders\n"]);
    panic.assert_same();

    let double = run("double", &[]);
    assert_eq!(double.signal(), Some(libc::SIGABRT));
    double.assert_report(&["\nfirst\n", "\nin drop\n", "panic in a destructor during cleanup", "SIGABRT"]);
    double.assert_same();

    let through_c = run("externc", &[]);
    assert_eq!(through_c.signal(), Some(libc::SIGABRT));
    through_c.assert_report(&["\nthrough C\n", "cannot unwind", "non-unwinding panic. aborting", "SIGABRT"]);
    through_c.assert_same();
}

/// The same that std prints, and at the same place.
fn stacks_of_panics() {
    for (way, value) in [("panic", "1"), ("thread", "1"), ("panic", "0")] {
        let style = [("RUST_BACKTRACE", value)];
        let (ours, stds) = (run_with(way, &["all"], &style), run_with(way, &["without"], &style));
        let stacks = |stderr: &str| {
            let stacks = stderr.split("stack backtrace:\n").skip(1).map(|stack| {
                let end = stack.find("note: Some details are omitted").expect("an end of the stack");
                stack[..end].to_owned()
            });
            stacks.collect::<Vec<_>>()
        };
        assert_eq!(stacks(&ours.stderr), stacks(&stds.stderr), "{way}");
        assert_eq!(stacks(&ours.stderr).is_empty(), value == "0");
    }
    let full = run_with("panic", &[], &[("RUST_BACKTRACE", "full")]);
    full.assert_report(&["__rust_end_short_backtrace", " - crash::ways::way_to_die"]);
}

fn of_main() {
    let scope = run("scope", &[]);
    assert_eq!(scope.status.code(), Some(101));
    scope.assert_report(&["\nthe cause\n"]);
    assert!(!scope.report().contains("main is gone"), "{}", scope.report());
    assert!(scope.stderr.contains("main is gone"), "{}", scope.stderr);

    let through_c = run("caught_externc", &[]);
    through_c.assert_report(&["\nthrough C\n", "cannot unwind"]);
    assert!(!through_c.report().contains("\ncaught\n"), "{}", through_c.report());

    // Nobody tells us of the panic, or there was none.
    for (way, options) in [("panic", &["late-hook"][..]), ("exit101_main", &[])] {
        let unseen = run(way, options);
        assert_eq!(unseen.status.code(), Some(101));
        unseen.assert_report(&["exits with status 101, as after a panic that leaves main; none was seen\n"]);
        assert!(unseen.stderr.ends_with(unseen.report()), "{}", unseen.stderr);
    }
    let of_a_thread = run("exit101_thread", &[]);
    assert_eq!((of_a_thread.status.code(), of_a_thread.report()), (Some(101), ""), "no panic leaves main so");
}

fn signals() {
    for (way, signal, name) in [
        ("null", libc::SIGSEGV, "SIGSEGV, invalid memory reference (code 1, address 0x8)"),
        ("ill", libc::SIGILL, "SIGILL, "),
        ("fpe", libc::SIGFPE, "SIGFPE, "),
        ("trap", libc::SIGTRAP, "SIGTRAP, "),
        ("abort", libc::SIGABRT, "SIGABRT, "),
        ("kill", libc::SIGSEGV, "SIGSEGV, "),
    ] {
        let remains = run(way, &[]);
        assert_eq!(remains.signal(), Some(signal), "{way}");
        remains.assert_report(&[
            name,
            "labels: route=/orders\n",
            "inside of labeled(route) crash::ways::way_to_die",
        ]);
        assert_eq!(remains.report().matches("ends the process").count(), 1, "{way}");
        remains.assert_same();
        let frames = remains.report().lines().filter(|line| line.contains(": 0x")).count();
        assert!(frames > 5, "{frames} frames in:\n{}", remains.report());
        assert_eq!(remains.report().contains("sent by process"), way == "kill");
    }
}

/// Which the kernel does not end by what is sent.
fn first_of_a_container() {
    let remains = run("first_of_a_container", &[]);
    if !remains.stdout.contains("no containers") {
        assert_eq!(remains.stdout, "it exit status: 134\n");
        remains.assert_report(&["SIGABRT"]);
        assert_eq!(remains.report().matches("ends the process").count(), 1, "{}", remains.report());
    }
}

fn overflow() {
    let ways = [("overflow", "main"), ("overflow_thread", "deep"), ("overflow_far", "far")];
    for (way, name) in ways {
        let remains = run(way, &[]);
        assert_eq!(remains.signal(), Some(libc::SIGABRT), "as without us");
        remains.assert_report(&[
            "SIGSEGV",
            "most likely it has overflowed",
            "has overflowed its stack",
            name,
        ]);
        assert_eq!(remains.report().matches("ends the process").count(), 1);
        remains.assert_same();
    }
}

fn foreign() {
    let ready = run("overflow_foreign_ready", &[]);
    assert_eq!(ready.signal(), Some(libc::SIGSEGV));
    ready.assert_report(&["SIGSEGV", "most likely it has overflowed"]);
    ready.assert_same();

    let fault = run("null_foreign", &[]);
    assert_eq!(fault.signal(), Some(libc::SIGSEGV));
    fault.assert_report(&["SIGSEGV, invalid memory reference (code 1, address 0x8)", "stack ("]);
    fault.assert_same();

    // Below the stack pointer, with more between them than stack.
    let wild = run("wild", &[]);
    assert_eq!(wild.signal(), Some(libc::SIGSEGV));
    assert!(!wild.report().contains("overflowed"), "{}", wild.report());

    // Without, the kernel can call nobody.
    let silent = run("overflow_foreign", &[]);
    assert_eq!((silent.signal(), silent.report()), (Some(libc::SIGSEGV), ""));
}

fn exceptions() {
    for (way, said) in [
        ("alloc", "memory allocation of 1099511627776 bytes failed"),
        ("vec", "memory allocation of 70368744177664 bytes failed"),
        ("dfree", "double free"),
        ("assert", "Assertion `x' failed."),
    ] {
        let remains = run(way, &[]);
        assert_eq!(remains.signal(), Some(libc::SIGABRT), "{way}");
        remains.assert_report(&["SIGABRT"]);
        let before = remains.stderr.strip_suffix(remains.report());
        assert!(before.is_some_and(|before| before.contains(said)), "{way}: {}", remains.stderr);
    }
}

fn policy() {
    for way in ["caught", "thread"] {
        let aborting = run(way, &[]);
        assert!(aborting.status.success() && aborting.stderr.contains("panicked at"));
        assert_eq!(aborting.report(), "");
        let all = run(way, &["all"]);
        assert!(all.status.success());
        all.assert_report(&["panicked at"]);
        all.assert_same();
    }
    for way in ["panic", "double", "externc"] {
        run(way, &["all"]).assert_same();
    }
    assert_eq!(run("exit", &[]).report(), "");
    let like_stds = run("caught_like_stds", &[]);
    assert!(like_stds.stderr.ends_with("after\n"), "{}", like_stds.stderr);
    assert_eq!(like_stds.report(), "", "the text alone does not make it std's");
}

fn guarded() {
    for order in ["guarded-before", "guarded-after"] {
        assert_eq!(run("exit", &[order]).status.code(), Some(3), "{order}");
        for (way, signal) in [
            ("null", libc::SIGSEGV),
            ("kill", libc::SIGSEGV),
            ("overflow", libc::SIGABRT),
            ("overflow_thread", libc::SIGABRT),
        ] {
            let remains = run(way, &[order]);
            assert_eq!(remains.signal(), Some(signal), "{way}, {order}");
            assert_eq!(remains.report().matches("ends the process").count(), 1, "{way}, {order}");
            let overflows = way.starts_with("overflow");
            assert_eq!(remains.report().contains("has overflowed its stack"), overflows, "{way}, {order}");
            remains.assert_same();
        }
    }
}

fn chaining() {
    let handler = run("null", &["handler"]);
    assert_eq!(handler.signal(), Some(libc::SIGSEGV));
    assert!(handler.stderr.ends_with("the program's own handler\n"), "{}", handler.stderr);
    handler.assert_report(&["SIGSEGV"]);

    let overflow = run("overflow", &["handler"]);
    assert_eq!(overflow.signal(), Some(libc::SIGSEGV));
    overflow.assert_report(&["the program's own handler\n"]);
    overflow.assert_same();

    // What was ignored still is, where it was sent; a fault and an abort cannot be.
    let ignored = run("raise", &["ignored"]);
    assert!(ignored.status.success() && ignored.report().is_empty());
    for (way, signal) in [("null", libc::SIGSEGV), ("abort", libc::SIGABRT)] {
        let fault = run(way, &["ignored"]);
        assert_eq!(fault.signal(), Some(signal));
        fault.assert_report(&["ends the process"]);
        fault.assert_same();
    }

    // They run as the kernel would have run them.
    let raises = run("null", &["raising-handler"]);
    assert_eq!(raises.status.code(), Some(1), "the signal waits");
    assert!(raises.stderr.ends_with("after the raise\n"), "{}", raises.stderr);
    let does_not_wait = run("null", &["raising-handler-that-does-not-wait"]);
    assert_eq!(does_not_wait.signal(), Some(libc::SIGSEGV));
    does_not_wait.assert_same();
    let ignored = run("null", &["ignored-trap", "handler-that-sends-what-is-ignored"]);
    assert_eq!(ignored.signal(), Some(libc::SIGTRAP), "during a crash none can be ignored");
    ignored.assert_same();
    // Blocked for the thread, at all times but that in which the signal came.
    let suspended = run("suspended", &[]);
    assert_eq!(suspended.signal(), Some(libc::SIGTRAP));
    suspended.assert_same();

    let hook = run("panic", &["hook"]);
    assert_eq!(hook.status.code(), Some(101));
    assert_eq!(hook.stderr, "the program's own hook: hello\n");
    hook.assert_report(&["panicked at", "\nhello\n"]);
}

fn bad_hooks() {
    let panics = run("panic", &["hook-panics"]);
    assert_eq!(panics.signal(), Some(libc::SIGABRT));
    assert!(panics.stderr.contains("in the hook"), "{}", panics.stderr);
    panics.assert_report(&["\nhello\n", "SIGABRT"]);

    // In the panic that certainly aborts stderr is a file in memory, twice: for the hook, and for std.
    let words = "the program's own hook: panic in a destructor during cleanup\n";
    let says = run("double", &["hook"]);
    says.assert_report(&[words, "thread caused non-unwinding panic. aborting.\n"]);
    assert!(!says.file.contains('\0'), "{:?}", says.file);
    let exits = run("double", &["hook-exits"]);
    assert_eq!(exits.status.code(), Some(3));
    exits.assert_report(&["\nfirst\n", words]);
    assert!(exits.stderr.ends_with(words), "{}", exits.stderr);

    let aborts = run("panic", &["hook-aborts"]);
    assert_eq!(aborts.signal(), Some(libc::SIGABRT));
    aborts.assert_report(&["\nhello\n", "SIGABRT"]);
}

fn eight() {
    for _ in 0..5 {
        let remains = run("eight", &[]);
        assert_eq!(remains.signal(), Some(libc::SIGSEGV));
        assert_eq!(remains.report().matches("ends the process").count(), 1, "{}", remains.report());
        remains.assert_same();
    }
    for _ in 0..5 {
        let remains = run("eight_panics", &[]);
        assert_eq!(remains.signal(), Some(libc::SIGABRT));
        remains.assert_report(&["thread caused non-unwinding panic. aborting.\n"]);
        assert_eq!(remains.report().matches("ends the process").count(), 1, "{}", remains.report());
        // Of those that do not end the process stderr has more, in between.
        let mut stderr: Vec<_> = remains.stderr.lines().collect();
        for line in remains.report().lines() {
            let place = stderr.iter().position(|of_stderr| *of_stderr == line);
            stderr.swap_remove(place.unwrap_or_else(|| panic!("{line:?} is not in\n{}", remains.stderr)));
        }
        assert_panics_of_one_thread(remains.report());
    }
}

/// Of the one that ends the process: the first, the one in its destructor, and std's.
fn assert_panics_of_one_thread(report: &str) {
    let (before, _) = report.split_once(") ends the process").unwrap();
    let thread = before.rsplit_once('(').unwrap().1;
    let panics: Vec<_> = report.lines().filter(|line| line.contains(") panicked at ")).collect();
    let of_it = panics.iter().filter(|line| line.contains(&format!("({thread})"))).count();
    assert_eq!((panics.len(), of_it), (3, 3), "{panics:#?}");
}

fn malloc() {
    let remains = run("malloc", &["threads"]);
    assert_eq!(remains.signal(), Some(libc::SIGSEGV));
    remains.assert_report(&["SIGSEGV", "stack ("]);
    remains.assert_same();
}

fn recursion() {
    let report = run("report", &[]);
    assert_eq!(report.signal(), Some(libc::SIGSEGV));
    report.assert_report(&[
        "SIGSEGV, invalid memory reference (code 1, address 0x8)",
        "crash within the crash report",
    ]);
    assert!(report.report().ends_with("crash within the crash report: SIGSEGV; the report ends here\n"));
    report.assert_same();

    // A child that a handler forks has the crash of its parent in its memory.
    let forks = run("null", &["forking-handler"]);
    assert_eq!(forks.signal(), Some(libc::SIGSEGV));
    forks.assert_report(&[", forked during a crash report, ends by SIGABRT\n"]);
    assert!(forks.stderr.ends_with("the child has ended\n"), "{}", forks.stderr);

    let handler = run("null", &["bad-handler"]);
    assert_eq!(handler.signal(), Some(libc::SIGSEGV));
    assert_eq!(handler.report().matches("ends the process").count(), 1);
    handler.assert_same();
}

fn full() {
    let remains = run_to("null", "/dev/full".into(), &[], &[]);
    assert_eq!(remains.signal(), Some(libc::SIGSEGV));
    assert!(remains.stderr.contains("crash output: cannot be written (error 28)"), "{}", remains.stderr);
    assert!(remains.stderr.contains("SIGSEGV") && remains.stderr.contains("stack ("), "{}", remains.stderr);

    for (way, signal) in [("null", libc::SIGSEGV), ("double", libc::SIGABRT)] {
        let remains = run(way, &["small-files"]);
        assert_eq!(remains.signal(), Some(signal), "and not SIGXFSZ");
        assert_eq!(remains.file.len(), 200);
        assert!(remains.stderr.contains("cannot be written (error 27)"), "{}", remains.stderr);
        assert!(remains.stderr.contains("stack ("), "{}", remains.stderr);
    }
}

fn descriptors() {
    for (way, said) in [("double", "non-unwinding panic. aborting"), ("overflow", "has overflowed its stack")]
    {
        let used_up = run(way, &["no-descriptors"]);
        assert_eq!(used_up.signal(), Some(libc::SIGABRT));
        used_up.assert_report(&[said]);
        used_up.assert_same();
    }

    for options in [&["closed"][..], &["closed", "monitor"], &["closed", "tee"]] {
        for (way, signal) in [("null", libc::SIGSEGV), ("double", libc::SIGABRT)] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("crash.log");
            let closed = run_to(way, file.clone(), options, &[]);
            assert_eq!(closed.signal(), Some(signal), "{way}, {options:?}");
            let database = std::fs::read(database(&file)).unwrap();
            assert!(database.is_empty(), "{way}, {options:?}: {} bytes in somebody's file", database.len());
            let frames = closed.stderr.lines().filter(|line| line.contains(": 0x")).count();
            assert!(frames > 5, "{frames} frames in:\n{}", closed.stderr);
            // A tee is stderr, which is open, and has everything.
            let teed = options.contains(&"tee");
            assert_eq!(closed.stderr.contains("crash output: its descriptor was closed"), !teed);
            let lost = closed.stderr.contains("crash monitor: its descriptor was closed");
            assert_eq!(lost, options.len() > 1, "{}", closed.stderr);
        }
    }
}

/// Stderr is what has its number when the process dies.
fn replaced() {
    for options in [&["replaced"][..], &["replaced", "tee"]] {
        for (way, said) in [("null", "SIGSEGV"), ("double", "non-unwinding panic. aborting")] {
            let remains = run(way, options);
            remains.assert_report(&[said]);
            let (at_first, later): (Vec<_>, Vec<_>) =
                remains.report().split_inclusive('\n').partition(|line| line.starts_with("on_crash: "));
            assert_eq!(at_first.is_empty(), options.len() == 1);
            assert!(later.concat().starts_with(&remains.stdout), "{}", remains.stdout);
            assert!(remains.stdout.contains(said), "{}", remains.stdout);
        }
    }
}

/// Ends by itself: a victim that does not would be waited for until the runner ends the test.
fn unread() {
    let in_the_hook = run("long_panic", &["unread", "all"]);
    assert_eq!(in_the_hook.status.code(), Some(101));
    let in_the_handler = run("long_panic", &["unread", "hook-aborts"]);
    assert_eq!(in_the_handler.signal(), Some(libc::SIGABRT));
    for remains in [in_the_hook, in_the_handler] {
        assert!(remains.stderr.contains("crash output: cannot be written (error 110)"), "{}", remains.stderr);
    }
}

fn traceback() {
    let level = |options: &[&str], value: &str| run_with("null", options, &[("HOOKS_TRACEBACK", value)]);
    let silent = level(&["silent"], "none");
    assert!(
        !silent.report().contains("stack (") && silent.report().contains("SIGSEGV"),
        "{}",
        silent.report()
    );
    silent.assert_same();
    assert!(level(&["silent"], "single").report().contains("stack ("), "the environment asks for more");
    let single = level(&[], "single");
    assert!(!single.report().contains("other threads"), "{}", single.report());
    let stack = run_with("panic", &[], &[("HOOKS_TRACEBACK", "single")]);
    stack.assert_report(&["stack backtrace:", "crash::ways::way_to_die"]);
    stack.assert_same();
    for (way, signal) in [("panic", libc::SIGABRT), ("null", libc::SIGSEGV)] {
        let core = run_with(way, &["no-core"], &[("HOOKS_TRACEBACK", "crash")]);
        assert_eq!(core.signal(), Some(signal));
        // An emulator writes one of its own, or leaves one of itself.
        if itself::emulator().is_none() {
            assert_eq!(core.status.core_dumped(), shell_dumps_core("$(ulimit -H -c)"), "{way}");
        }
    }
    if itself::emulator().is_none() {
        assert_eq!(run("null", &["no-core"]).status.core_dumped(), shell_dumps_core("0"), "only then");
    }
    let refused = level(&[], "everything");
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        refused.stdout.contains("HOOKS_TRACEBACK=\"everything\": must be one of none"),
        "{}",
        refused.stdout
    );
}

fn others() {
    let all = [("HOOKS_TRACEBACK", "all")];
    let patient = run_with("among_others", &[], &all);
    assert_eq!(patient.signal(), Some(libc::SIGSEGV));
    let (_, others) = patient.report().split_once("other threads:\n").unwrap();
    let (before, other) = others.split_once("  thread 'patient' (").unwrap();
    // An emulator has one more.
    let emulated = usize::from(itself::emulator().is_some());
    assert_eq!(before.matches("  thread '").count(), emulated, "{others}");
    assert!(other.contains(":\n   0: 0x") && other.lines().count() > 8, "{other}");
    patient.assert_same();

    let eight = run_with("eight", &[], &all);
    eight.assert_same();
    let others = eight.report().lines().filter(|line| line.starts_with("  thread '")).count();
    assert_eq!(others, 8 + emulated, "main and the seven that wait, in:\n{}", eight.report());
}

/// Whether this system writes a core file with that limit.
fn shell_dumps_core(limit: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let die = format!("ulimit -S -c {limit}; kill -ABRT $$");
    Command::new("sh").args(["-c", &die]).current_dir(&folder).status().unwrap().core_dumped()
}

fn append() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("crash.log");
    let first = run_to("null", file.clone(), &[], &[]);
    let second = run_to("panic", file, &[], &[]);
    assert!(second.file.starts_with(&first.file) && second.file.len() > first.file.len());
    assert_eq!(second.file.matches("=== crash output of process").count(), 2);
}
