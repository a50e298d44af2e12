//! The three forms of a dump, one of them as the real `go tool pprof` shows it.

use super::crowd::Crowd;
use super::{named, until_in};
use crate::support::go_pprof::Pprof;
use hooks_runtime::labels;
use hooks_service::stacks::Dump;
use std::sync::mpsc;
use std::thread;

/// Three threads in the same place with the same labels, and the ways to wait.
fn with_dump(check: impl FnOnce(&Dump)) {
    let _crowd = Crowd::new(6);
    let (ends, threads): (Vec<_>, Vec<_>) = (0..3)
        .map(|index| {
            let (end, go_on) = mpsc::channel::<()>();
            let body = move || {
                labels! { "route" => "/pay", "size" => 7 }.scope(|| _ = wait_for_the_audit(&go_on));
            };
            (end, thread::Builder::new().name(format!("worker-{index}")).spawn(body).unwrap())
        })
        .unzip();
    for index in 0..3 {
        until_in(&format!("worker-{index}"), "wait_for_the_audit");
    }
    check(&until_in("read-0", "wait_in_read"));
    drop(ends);
    for thread in threads {
        thread.join().unwrap();
    }
}

#[inline(never)]
fn wait_for_the_audit(go_on: &mpsc::Receiver<()>) -> bool {
    std::hint::black_box(go_on.recv().is_ok())
}

#[test]
#[cfg_attr(target_env = "musl", ignore = "musl has no unwind tables: a stack that begins in it ends there")]
fn text_groups_equal_threads_and_names_them() {
    with_dump(|dump| {
        let mut text = Vec::new();
        dump.write_text(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let ids: Vec<_> = (0..3).map(|index| named(dump, &format!("worker-{index}")).id()).collect();
        let named: Vec<_> = (0..3).map(|index| format!("{} \"worker-{index}\"", ids[index])).collect();
        let group = format!(
            "\n3 threads [sleeping]: {}:\nlabels: {{\"route\":\"/pay\", \"size\":\"7\"}}\n",
            named.join(", ")
        );
        assert!(text.contains(&group), "no {group} in {text}");
        let place = ": main::stacks::formats::wait_for_the_audit\n             at ";
        let line = text.split(place).nth(1).unwrap().lines().next().unwrap();
        assert!(line.contains("tests/stacks/formats.rs:"), "{line}");
        let header = format!(": process {}, {} threads in ", std::process::id(), dump.threads().len());
        assert!(
            text.starts_with("stack dump 20") && text.lines().next().unwrap().contains(&header),
            "{text}"
        );
    });
}

#[test]
#[cfg_attr(target_env = "musl", ignore = "musl has no unwind tables: a stack that begins in it ends there")]
fn folded_counts_threads_by_stack() {
    with_dump(|dump| {
        let mut text = Vec::new();
        dump.write_folded(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let line = text.lines().find(|line| line.contains("formats::wait_for_the_audit;")).unwrap();
        assert!(line.ends_with(" 3"), "{line}");
        let all: usize =
            text.lines().map(|line| line.rsplit_once(' ').unwrap().1.parse::<usize>().unwrap()).sum();
        assert_eq!(all, dump.threads().len());
    });
}

#[test]
#[cfg_attr(target_env = "musl", ignore = "musl has no unwind tables: a stack that begins in it ends there")]
fn pprof_shows_threads_by_function_label_name_and_state() {
    with_dump(|dump| {
        let pprof = Pprof::new(|file| dump.write_pprof(file));
        let all = pprof.run(&["-top", "-nodecount=1000"]);
        assert!(all.contains("Type: threads"), "{all}");
        assert!(all.contains(&format!("of {} total", dump.threads().len())), "{all}");
        let cumulative = |arguments: &[&str], function: &str| {
            let rows = pprof.top(arguments);
            rows.into_iter().find(|row| row.0.contains(function)).map(|row| row.2)
        };
        assert_eq!(cumulative(&[], "wait_for_the_audit").as_deref(), Some("3"));
        let focus = ["-tagfocus=route=/pay", "-tagignore=state=running"];
        assert_eq!(cumulative(&focus, "wait_for_the_audit").as_deref(), Some("3"));
        assert_eq!(cumulative(&["-tagfocus=thread=worker-1"], "wait_for_the_audit").as_deref(), Some("1"));
        assert_eq!(cumulative(&focus, "wait_in_read"), None);
    });
}
