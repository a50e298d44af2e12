//! The ways to die without a monitor: file and stderr compared byte by byte.

use super::itself;
use super::victim::{run, run_with};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

pub(crate) fn all() -> Vec<(&'static str, fn())> {
    vec![
        ("fatal_signals_are_in_both_places_and_kill", signals),
        ("an_end_says_when_it_was_and_of_what", endings),
        ("the_first_process_of_a_container_exits", first_of_a_container),
        ("an_overflow_is_told_in_both_places_and_then_std_speaks", overflow),
        ("a_foreign_thread_reports_its_overflow_with_an_alternate_stack", foreign),
        ("what_is_said_before_the_abort_is_on_stderr_only", exceptions),
        ("recovered_faults_are_no_crashes_and_crashes_are_still_reported", guarded),
        ("hooks_and_handlers_of_the_program_are_called", chaining),
        ("eight_crashes_at_once_are_one_report", eight),
        ("a_crash_inside_of_the_allocators_lock_is_reported", malloc),
        ("a_crash_of_the_report_or_of_a_handler_after_it_ends_the_process_all_the_same", recursion),
        ("the_environment_asks_for_more_and_never_less", traceback),
        ("other_threads_are_asked_for_their_stacks", others),
    ]
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
        // With musl the stack ends in its `abort`, and where it waits for the signal.
        let is_cut = cfg!(target_env = "musl") && matches!(way, "abort" | "kill");
        assert!(frames > 5 || is_cut, "{frames} frames in:\n{}", remains.report());
        assert_eq!(remains.report().contains("sent by process"), way == "kill");
    }
    for (way, options) in [("null_quoted", &[][..]), ("panic_quoted", &["all"])] {
        let quoted = run(way, options);
        quoted.assert_report(&["thread 'a\\' (1)\\n=== b' ("]);
        quoted.assert_same();
    }
    // A panic of main is not known with musl.
    let ways: &[&str] = if cfg!(target_env = "musl") { &["null"] } else { &["null", "panic"] };
    for way in ways {
        let forger = run(way, &["forger"]);
        forger.assert_report(&["labels: route=\"/a\\n=== forged, tenant=b\\u{1b}[31m\"\n"]);
        forger.assert_same();
    }
}

/// Fatal signals, panics, and a status that was chosen.
fn endings() {
    let ways: &[&str] =
        if cfg!(target_env = "musl") { &["null"] } else { &["null", "panic", "exit101_main"] };
    for way in ways.iter().copied() {
        for (option, version) in [("version", "version 1.4.2\\nforged, "), ("none", "")] {
            let remains = run(way, &[option]);
            let (header, report) = remains.file.split_once(" ===\n").unwrap();
            assert!(header.contains(&format!("Z, {version}build id ")), "{header}");
            let build_id = header.split_once("build id ").unwrap().1.split_once(',').unwrap().0;
            let ending = report.lines().find(|line| line.contains(" after the start")).unwrap();
            assert!(
                ending.ends_with(&format!(" s after the start, {version}build id {build_id}")),
                "{ending}"
            );
            assert!(ending.contains("at 20") && ending.contains("Z, "), "{ending}");
            remains.assert_same();
            assert_eq!(report.contains("thread 'main' ("), way != "exit101_main", "its one name: {report}");
        }
    }
}

/// Which the kernel does not end by what is sent.
fn first_of_a_container() {
    if itself::emulator().is_some() {
        // It does not get over being the first.
        return;
    }
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
        remains.assert_report(&["SIGSEGV", "most likely it has overflowed"]);
        assert!(remains.stderr.contains(&format!("thread '{name}'")), "{}", remains.stderr);
        assert_eq!(remains.report().matches("ends the process").count(), 1);
        remains.assert_same_but_for_std("has overflowed its stack");
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
            if way.starts_with("overflow") {
                remains.assert_same_but_for_std("has overflowed its stack");
            } else {
                remains.assert_same();
            }
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
    assert_eq!(overflow.stderr, format!("{}the program's own handler\n", overflow.report()));

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
    let (of_the_end, _) = report.split_once("\nearlier panics of this process").unwrap_or((report, ""));
    let panics: Vec<_> = of_the_end.lines().filter(|line| line.contains(") panicked at ")).collect();
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
