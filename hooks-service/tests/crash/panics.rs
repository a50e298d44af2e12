//! Panics: which of them are in the crash output, and how.

use super::victim::{run, run_with};

pub(crate) fn all() -> Vec<(&'static str, fn())> {
    vec![
        ("panics_that_end_the_process_are_in_both_places", panics),
        ("the_stack_of_a_panic_is_the_one_that_std_prints", stacks_of_panics),
        ("the_panic_of_main_is_the_one_that_counts", of_main),
        ("a_caught_panic_is_no_crash_unless_all_are_asked_for", policy),
        ("a_hook_that_exits_has_its_panic_reported", exiting_hooks),
        ("an_exit_with_the_status_of_a_panic_is_told_of_any_thread", exits_with_101),
        ("panics_that_were_before_the_end_are_told_after_it", earlier),
        ("a_hook_that_panics_or_aborts_ends_the_process_with_its_panic_reported", bad_hooks),
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
    double.assert_same_but_for_std("thread caused non-unwinding panic. aborting.\n");

    let through_c = run("externc", &[]);
    assert_eq!(through_c.signal(), Some(libc::SIGABRT));
    through_c.assert_report(&["\nthrough C\n", "cannot unwind", "SIGABRT"]);
    through_c.assert_same_but_for_std("thread caused non-unwinding panic. aborting.\n");
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
    // Which of the three belong to the end is not to be known: nobody says that a panic is caught.
    through_c.assert_report(&["\ncaught\n", "\nthrough C\n", "cannot unwind"]);

    // Nobody tells us of the panic, or there was none.
    for (way, options) in [("panic", &["late-hook"][..]), ("exit101_main", &[])] {
        let unseen = run(way, options);
        assert_eq!(unseen.status.code(), Some(101));
        unseen.assert_report(&["exits with status 101, as after a panic that leaves main; none was seen\n"]);
        assert!(unseen.stderr.ends_with(unseen.report()), "{}", unseen.stderr);
    }
}

/// "Any panic ends the service", set before or after, in each kind of thread.
fn exiting_hooks() {
    for (way, said) in [("panic", "\nhello\n"), ("thread", "\nin a thread\n"), ("task", "\nin a task\n")] {
        for order in ["any-panic-exits", "any-panic-exits-late"] {
            let remains = run(way, &[order]);
            assert_eq!(remains.status.code(), Some(1), "{way}, {order}");
            remains.assert_report(&[said, "stack:\n", "crash::ways::"]);
            assert_eq!(remains.report().matches("panicked at").count(), 1, "{}", remains.report());
        }
        run(way, &["any-panic-exits-late"]).assert_same();
    }
    // None that we are told of, and an end that is by a panic all the same.
    let unseen = run("thread", &["any-panic-exits-alone"]);
    assert_eq!(unseen.status.code(), Some(1));
    if cfg!(target_env = "gnu") {
        unseen.assert_report(&["exits with status 1, amid a panic; none was seen\n"]);
    }
    unseen.assert_same();
}

fn exits_with_101() {
    let supervised = run("caught_exit101_thread", &[]);
    assert_eq!(supervised.status.code(), Some(101));
    supervised.assert_report(&["\nindex is corrupt\n", "stack:\n"]);
    supervised.assert_same();
    let of_a_thread = run("exit101_thread", &[]);
    assert_eq!(of_a_thread.status.code(), Some(101));
    of_a_thread.assert_report(&["exits with status 101, as after a panic that leaves main; none was seen\n"]);
}

/// What ends the process often only says that something was before.
fn earlier() {
    let headline = "\nearlier panics of this process, newest first:\n";
    for (way, end) in [("joined", "Any { .. }"), ("joined_null", "SIGSEGV")] {
        let remains = run(way, &[]);
        let (of_the_end, before) = remains.report().split_once(headline).unwrap_or_default();
        assert!(of_the_end.contains(end) && !of_the_end.contains("db is gone"), "{}", remains.report());
        assert!(before.contains(" s before:\nthread 'worker' ("), "{before}");
        assert!(before.contains("\ndb is gone\n"), "{before}");
        assert!(remains.stderr.ends_with(before), "in both places: {}", remains.stderr);
    }
    let joined = run("joined", &[]);
    let (_, joined) = joined.report().split_once(headline).unwrap();
    assert!(joined.contains("stack:\n") && joined.contains("crash::ways::way_to_die"), "{joined}");

    // As many as are worth it, and none twice.
    let often = run("caught_often", &[]);
    let (_, before) = often.report().split_once(headline).unwrap();
    let told: Vec<_> = before.lines().filter(|line| line.starts_with("caught, number ")).collect();
    assert_eq!(told, [6, 5, 4, 3].map(|count| format!("caught, number {count}")));
    let all = run("caught_often", &["all"]);
    assert!(!all.report().contains(headline), "they are there already: {}", all.report());
    all.assert_same();
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
    run("panic", &["all"]).assert_same();
    for way in ["double", "externc"] {
        run(way, &["all"]).assert_same_but_for_std("thread caused non-unwinding panic. aborting.\n");
    }
    assert_eq!(run("exit", &[]).report(), "");
    let after = run("caught_abort", &[]);
    assert_eq!(after.signal(), Some(libc::SIGABRT));
    let (_, earlier) = after.report().split_once("earlier panics of this process").unwrap();
    assert_eq!((after.report().matches("panicked at").count(), earlier.contains("\ncaught\n")), (1, true));
    let amid = run("exits_in_a_destructor", &[]);
    assert_eq!(amid.status.code(), Some(3));
    amid.assert_report(&["\nfirst\n"]);
    amid.assert_same();
    let like_stds = run("caught_like_stds", &[]);
    assert!(like_stds.stderr.ends_with("after\n"), "{}", like_stds.stderr);
    assert_eq!(like_stds.report(), "", "the text alone does not make it std's");
}

fn bad_hooks() {
    let panics = run("panic", &["hook-panics"]);
    assert_eq!(panics.signal(), Some(libc::SIGABRT));
    assert!(panics.stderr.contains("in the hook"), "{}", panics.stderr);
    panics.assert_report(&["\nhello\n", "SIGABRT"]);

    // A hook has its words on stderr; the crash output has ours, once each.
    let words = "the program's own hook: panic in a destructor during cleanup\n";
    let panics = ["\nfirst\n", "\nin drop\n", "\npanic in a destructor during cleanup\n"];
    let says = run("double", &["hook"]);
    let exits = run("double", &["hook-exits"]);
    assert_eq!((says.signal(), exits.status.code()), (Some(libc::SIGABRT), Some(3)));
    for remains in [says, exits] {
        assert!(remains.stderr.contains(words), "{}", remains.stderr);
        for panic in panics {
            assert_eq!(remains.report().matches(panic).count(), 1, "{panic:?} in {}", remains.report());
        }
    }

    let aborts = run("panic", &["hook-aborts"]);
    assert_eq!(aborts.signal(), Some(libc::SIGABRT));
    aborts.assert_report(&["\nhello\n", "SIGABRT"]);
}
