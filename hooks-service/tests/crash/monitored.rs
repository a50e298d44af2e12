//! The ways to die under a monitor.

use super::outlets;
use super::victim::{command, run, run_with};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::process::Command;
use std::time::Duration;

pub(crate) fn all() -> Vec<(&'static str, fn())> {
    vec![
        ("the_monitor_names_the_stack_and_calls_the_program", names),
        ("a_program_that_the_dynamic_linker_started_has_a_monitor", through_the_linker),
        ("the_monitor_tells_a_kill_from_an_exit", kills),
        ("a_tee_has_everything_in_both_places", tee),
        ("its_descriptors_may_be_closed_and_stderr_replaced", outlets),
        ("a_tee_waits_for_a_slow_reader", slow_reader),
        ("a_tee_copies_for_as_long_as_a_child_holds_stderr", late_words),
        ("a_process_waits_for_the_monitor_which_has_its_last_words", meanwhile),
        ("nothing_leaks_into_a_grandchild_or_the_monitor_and_there_is_no_zombie", descriptors),
        ("a_monitor_that_was_killed_costs_the_names_only", without),
        ("a_forked_child_has_a_report_of_its_own", child),
        ("the_monitor_writes_a_trace_of_the_last_seconds_however_the_process_dies", traces),
        ("called_late_or_not_at_all_the_entry_says_so", entry),
    ]
}

/// What the process and its monitor wrote to both places, and what the program's function did, which wrote to one.
fn assert_same_but_for_on_crash(remains: &super::victim::Remains) {
    let report: String =
        remains.report().split_inclusive('\n').filter(|line| !line.starts_with("on_crash: ")).collect();
    assert_eq!(report, remains.stderr);
}

fn names() {
    let null = run("null", &["monitor"]);
    assert_eq!(null.signal(), Some(libc::SIGSEGV));
    null.assert_report(&[
        "\nstack:\n",
        "crash::ways::null",
        "crash::ways::way_to_die",
        "tests/crash/ways.rs:",
        "on_crash: SIGSEGV, invalid memory reference; labels [(\"route\", \"/orders\")]",
    ]);
    assert_same_but_for_on_crash(&null);
    shape_of(null.report());
    let full = run_with("null", &["monitor", "version"], &[("HOOKS_TRACEBACK", "system")]);
    full.assert_report(&["__rust_begin_short_backtrace\n             at $RUST/std/src/"]);
    let header = full.file.lines().nth(1).unwrap();
    let build_id = header.split_once("build id ").unwrap().1.split_once(',').unwrap().0;
    full.assert_report(&[&format!("on_crash: build id {build_id}, version \"1.4.2\\nforged\", true, ")]);

    let others = run_with("among_others", &["monitor"], &[("HOOKS_TRACEBACK", "all")]);
    others.assert_report(&["\n  thread 'patient' (", "crash::ways::wait_for_ever"]);
    assert_eq!(others.report().matches("thread 'patient' (").count(), 1, "{}", others.report());
    assert_same_but_for_on_crash(&others);

    let overflow = run("overflow", &["monitor"]);
    assert_eq!(overflow.signal(), Some(libc::SIGABRT));
    overflow.assert_report(&["crash::ways::recurse", "most likely it has overflowed"]);
    assert_eq!(overflow.report().matches("on_crash: SIGSEGV").count(), 1);

    let panic = run("panic", &["monitor"]);
    assert_eq!(panic.status.code(), Some(101));
    panic.assert_report(&["on_crash: exit status 101 after a panic"]);
    assert_same_but_for_on_crash(&panic);
    let scope = run("scope", &["monitor"]);
    scope.assert_report(&["\nthe cause\n", "on_crash: exit status 101 after a panic"]);
    // All that is known of a program that chooses that status itself.
    run("exit101", &["monitor"]).assert_report(&["on_crash: exit status 101 after a panic"]);
    let unseen = run("panic", &["monitor", "late-hook"]);
    unseen.assert_report(&["on_crash: exit status 101, as after a panic that leaves main; none was seen"]);
    assert!(run("double", &["monitor"]).report().contains("on_crash: SIGABRT"));
    for way in ["panic", "thread", "task"] {
        for order in ["any-panic-exits", "any-panic-exits-late"] {
            let exits = run(way, &["monitor", order]);
            exits.assert_report(&["panicked at", "on_crash: exit status 1 in the middle of a panic"]);
        }
    }
    run("thread", &["monitor", "any-panic-exits-alone"])
        .assert_report(&["on_crash: exit status 1 in the middle of a panic"]);
    run("exit101_thread", &["monitor"]).assert_report(&["on_crash: exit status 101, as after a panic"]);
    // The child of a fork has said that it exits; the process has not.
    assert!(run("fork", &["monitor"]).report().contains("on_crash: killed by SIGKILL"));
}

/// Of one stack there is one, with names; the program's own calls stand out, and std's are a line.
fn shape_of(report: &str) {
    assert!(!report.contains("addresses in the files"), "{report}");
    let (_, stack) = report.split_once("\nstack:\n").unwrap();
    let (stack, told) = stack.split_once("on_crash: ").unwrap();
    for leaves_out in ["__rust_begin_short_backtrace", "lang_start", "/library/", "_start"] {
        assert!(!stack.contains(leaves_out), "{leaves_out} in {stack}");
    }
    let own: Vec<_> = stack.lines().filter(|line| line.starts_with('>')).collect();
    let names = own.iter().map(|line| line.split_once(": ").unwrap().1);
    let expected = ["null", "way_to_die", "die"].map(|name| format!("crash::ways::{name}"));
    let expected: Vec<_> = expected.into_iter().chain(["crash::main".to_owned()]).collect();
    assert_eq!(names.collect::<Vec<_>>(), expected, "{stack}");
    assert!(
        stack.lines().next().unwrap().contains("read_volatile"),
        "what it has called, in a line: {stack}"
    );
    assert!(told.contains(&format!("on_crash: own {expected:?}")), "{told}");
}

fn kills() {
    let killed = run("sigkill", &["monitor"]);
    assert_eq!(killed.signal(), Some(libc::SIGKILL));
    killed.assert_report(&["has no report of its end: killed by SIGKILL", "on_crash: killed by SIGKILL"]);
    assert_same_but_for_on_crash(&killed);
    let foreign = run("overflow_foreign", &["monitor"]);
    foreign.assert_report(&[
        "has no report of its end: killed by SIGSEGV, most likely by the overflow of a stack without an alternate one",
        " s after the start, build id ",
        "on_crash: killed by SIGSEGV, most likely",
    ]);
    for way in ["end", "exit", "_exit", "sigterm", "caught"] {
        let ended = run(way, &["monitor"]);
        assert_eq!(ended.report(), "", "{way} is no crash");
    }
    let another = run("exec", &["monitor"]);
    assert_eq!((another.signal(), another.report()), (Some(libc::SIGKILL), ""), "that is no longer ours");
}

fn tee() {
    for way in [
        "panic",
        "thread",
        "double",
        "externc",
        "abort",
        "null",
        "ill",
        "fpe",
        "trap",
        "alloc",
        "vec",
        "overflow",
        "overflow_thread",
        "dfree",
        "assert",
        "kill",
        "eight",
    ] {
        // Without stacks, whose names take time and are in other tests.
        let remains = run_with(way, &["tee"], &[("HOOKS_TRACEBACK", "none")]);
        assert!(!remains.stderr.is_empty(), "{way}");
        assert_same_but_for_on_crash(&remains);
        let of_std = match way {
            "overflow" | "overflow_thread" => "has overflowed its stack",
            "double" | "externc" => "thread caused non-unwinding panic. aborting.\n",
            _ => "",
        };
        remains.assert_report(&[of_std]);
        let plain = run(way, &[]);
        assert_eq!((remains.status.code(), remains.signal()), (plain.status.code(), plain.signal()), "{way}");
    }
}

fn outlets() {
    outlets::closed(&["closed", "monitor"]);
    outlets::closed(&["closed", "tee"]);
    outlets::replaced_with(&["replaced", "tee"]);
}

/// The pipes on the way hold less than the victim has to say, and one of them does not wait for its reader.
fn slow_reader() {
    let folder = tempfile::tempdir().unwrap();
    let (mut reader, writer) = std::io::pipe().unwrap();
    // SAFETY: sets a flag of our own descriptor.
    unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) };
    let mut victim = command("talk", &folder.path().join("crash.log"), &["tee"]);
    let mut child = victim.stderr(writer).spawn().unwrap();
    drop(victim);
    assert!(child.wait().unwrap().success());
    // Meanwhile the pipe is full.
    std::thread::sleep(Duration::from_millis(200));
    let mut arrived = Vec::new();
    reader.read_to_end(&mut arrived).unwrap();
    assert_eq!(arrived.len(), 110_000);
}

fn late_words() {
    let remains = run("leaves_a_child", &["tee"]);
    remains.assert_report(&["SIGSEGV", "\nlater\n"]);
    assert_same_but_for_on_crash(&remains);
    // Also where the program's fn panics, which is said on stderr.
    let panics = run_with("leaves_a_child", &["tee"], &[("ON_CRASH", "panic")]);
    panics.assert_report(&["SIGSEGV", "\nlater\n"]);
    assert!(panics.stderr.contains("in on_crash"), "{}", panics.stderr);
}

/// What is so while the program's fn runs.
fn meanwhile() {
    for (way, options, panics) in [
        ("null", &["monitor"][..], 0),
        ("panic", &["monitor"], 1),
        ("panic", &["monitor", "hook-aborts"], 1),
        ("joined", &["monitor"], 2),
        ("joined_null", &["monitor"], 1),
    ] {
        let remains = run_with(way, options, &[("ON_CRASH", "look")]);
        remains.assert_report(&[
            "on_crash: the process waits\n",
            &format!("on_crash: {panics} panics in the text\n"),
            "on_crash: a child would be a program\n",
        ]);
    }
}

fn descriptors() {
    for option in ["monitor", "tee"] {
        let group = format!("{option}-{}", std::process::id());
        let remains = run_with("grandchild", &[option, "inheritable"], &[("VICTIM", &group)]);
        let open: String =
            remains.stdout.split_inclusive('\n').filter(|line| line.starts_with("open ")).collect();
        assert!(open.contains("open 77\n"), "the victim's own, in {open}");
        let open = open.replace("open 77\n", "");
        assert_eq!(open, super::victim::open_in_a_child(), "{option}: no more than without us");
        let monitor = remains.stdout.lines().find(|line| line.starts_with("monitor has ")).unwrap();
        // Socket, crash output, stderr, the process; the pipe of the tee.
        let expected = if option == "tee" { 5 } else { 4 };
        assert_eq!(monitor.matches('"').count() / 2, expected, "{monitor}");
        for said in [
            r#"monitor ignores ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGPIPE"]"#,
            "monitor has its own session",
        ] {
            assert!(remains.stdout.contains(said), "no {said:?} in {}", remains.stdout);
        }
        assert!(run("children", &[option]).stdout.contains("children []"));
    }
}

fn without() {
    for option in ["monitor", "tee"] {
        let group = format!("{option}-dies-{}", std::process::id());
        let remains = run_with("monitor_dies", &[option], &[("VICTIM", &group)]);
        assert_eq!(remains.signal(), Some(libc::SIGSEGV));
        remains.assert_report(&["SIGSEGV", "stack ("]);
        remains.assert_same();
    }
}

fn child() {
    let remains = run("child", &["monitor"]);
    assert!(remains.status.success());
    remains.assert_report(&["on_crash: SIGSEGV", "crash::victim::crashing_child"]);
    assert_eq!(remains.report().matches("on_crash: own").count(), 1, "of the child alone");
}

fn entry() {
    let late = Command::new(std::env::current_exe().unwrap()).arg("late").output().unwrap();
    let text = String::from_utf8(late.stdout).unwrap();
    assert!(text.contains("too late, when 2 threads were running"), "{text}");
    assert!(text.contains("#[tokio::main]") && text.contains("crash::monitor_before_main!()"), "{text}");
}

/// As bundles and wrappers start programs: the kernel takes the linker for the program.
fn through_the_linker() {
    let linkers = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];
    let linker = linkers.into_iter().find(|linker| std::path::Path::new(linker).exists());
    let Some(linker) = linker.filter(|_| cfg!(target_env = "gnu")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("crash.log");
    let directly = command("null", &file, &["monitor"]);
    let mut victim = Command::new(linker);
    victim.args(["--library-path", "/nowhere"]).arg(directly.get_program()).args(directly.get_args());
    victim.current_dir(&folder).env_remove("RUST_BACKTRACE").env_remove("HOOKS_TRACEBACK");
    // Ends when the monitor, which holds them too, has ended.
    let output = victim.output().unwrap();
    let report = std::fs::read_to_string(file).unwrap_or_default();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(report.contains("crash::ways::null") && report.contains("on_crash: SIGSEGV"), "{report} {said}");
    let program = directly.get_program().to_str().unwrap();
    assert!(report.contains(&format!(", {program} ===\n")), "not the linker: {report}");
}

/// Of each way to die: the file, which the report names.
#[cfg(feature = "trace")]
fn trace_of(way: &str, options: &[&str]) -> (super::victim::Remains, Vec<std::path::PathBuf>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let remains = super::victim::run_to(way, folder.path().join("crash.log"), options, &[]);
    let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let files: Vec<_> = files.filter(|file| file.extension().is_some_and(|end| end == "pftrace")).collect();
    let trace = files.first().map_or_else(Vec::new, |file| std::fs::read(file).unwrap());
    (remains, files, trace)
}

fn traces() {
    #[cfg(feature = "trace")]
    for option in ["trace", "trace-before"] {
        let has =
            |trace: &[u8], text: &str| trace.windows(text.len()).any(|window| window == text.as_bytes());
        for way in ["null", "abort", "panic", "sigkill", "overflow", "overflow_foreign", "double", "alloc"] {
            let (remains, files, trace) = trace_of(way, &["monitor", option]);
            assert_eq!(files.len(), 1, "{way}: {}", remains.report());
            remains.assert_report(&[
                "\ntrace: the last ",
                " events of 1 threads in ",
                files[0].to_str().unwrap(),
            ]);
            assert!(has(&trace, "the last words"), "{way}");
            assert!(!files[0].to_str().unwrap().contains("partial"));
        }
        for way in ["end", "exit", "sigterm"] {
            let (_, files, _) = trace_of(way, &["monitor", option]);
            assert!(files.is_empty(), "{way} is no crash");
        }
    }
    #[cfg(feature = "trace")]
    {
        let (remains, files, _) = trace_of("null", &["monitor"]);
        assert!(files.is_empty() && !remains.report().contains("\ntrace: "), "no recorder ran");
    }
}
