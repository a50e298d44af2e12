//! A capture of real work, as the real `go tool pprof` shows it.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::Duration;

use hooks_runtime::labels;
use hooks_service::profile::{CpuProfile, Profile};

use crate::support::go_pprof::Pprof;

/// Samples that each route gets, at least: 100 ms of processor time.
const ENOUGH: u64 = 25;

const BURN_ORDERS: &str = concat!(module_path!(), "::burn_orders");
const BURN_USERS: &str = concat!(module_path!(), "::burn_users");
const WORK: &str = concat!(module_path!(), "::work");

#[inline(never)]
fn burn_orders() -> u64 {
    (0..200_000).fold(1, |sum: u64, number| black_box(sum.rotate_left(5) ^ number))
}

#[inline(never)]
fn burn_users() -> u64 {
    (0..200_000).fold(1, |sum: u64, number| black_box(sum.wrapping_mul(31) ^ number))
}

/// One capture for all tests: a process has one CPU profiler. Work goes on until every route has enough samples, so
/// that a busy machine takes longer and no more.
fn capture() -> &'static Profile {
    static CAPTURE: OnceLock<Profile> = OnceLock::new();
    CAPTURE.get_or_init(|| {
        let running = CpuProfile::builder().hz(250).start().unwrap();
        loop {
            work();
            let profile = running.snapshot().unwrap();
            if ["/orders", "/users"].iter().all(|route| profile.filter("route", route).total() >= ENOUGH) {
                return running.stop().unwrap();
            }
        }
    })
}

/// Orders on this thread, users on one that takes the labels along.
fn work() {
    let tasks = 20;
    labels! { "route" => "/orders", "req_bytes" => 2048_u32 }
        .scope(|| (0..tasks).for_each(|_| _ = black_box(burn_orders())));
    labels! { "route" => "/users", "req_bytes" => 8192_u32 }.scope(|| {
        let users = labels::spawn::thread(move || (0..tasks).for_each(|_| _ = black_box(burn_users())));
        users.join().unwrap();
    });
}

fn saved() -> Pprof {
    Pprof::new(|file| capture().write_pprof(file))
}

fn names(rows: &[(String, String, String)]) -> Vec<&str> {
    rows.iter().map(|row| row.0.trim_end_matches(" (inline)")).collect()
}

#[test]
fn names_are_the_same_with_and_without_the_binary() {
    let (pprof, binary) = (saved(), std::env::current_exe().unwrap());
    let top = pprof.top(&[]);
    for function in [BURN_ORDERS, BURN_USERS, WORK] {
        assert!(names(&top).contains(&function), "no {function} in {top:#?}");
    }
    assert_eq!(pprof.top(&[binary.to_str().unwrap()]), top);
}

#[test]
fn a_route_is_its_own_functions() {
    let rows = saved().top(&["-tagfocus=route=/orders"]);
    assert!(names(&rows).contains(&BURN_ORDERS), "{rows:#?}");
    assert!(!names(&rows).contains(&BURN_USERS), "{rows:#?}");
    let rows = saved().top(&["-tagfocus=req_bytes=8000:9000"]);
    assert!(names(&rows).contains(&BURN_USERS), "{rows:#?}");
    assert!(!names(&rows).contains(&BURN_ORDERS), "{rows:#?}");
}

#[test]
fn pprof_and_the_profile_agree_on_every_route() {
    let pprof = saved();
    let tags = pprof.run(&["-tags", "-sample_index=samples"]);
    for row in capture().top_by_label("route").rows() {
        let line = row.value.as_ref().map(|value| format!("%): {value}\n"));
        let weight = format!(" {} (", row.weight);
        let found = line.is_none_or(|line| {
            tags.split_inclusive('\n').any(|tag| tag.ends_with(&line) && tag.contains(&weight))
        });
        assert!(found, "{row:?} is not in {tags}");
    }
    let roots = pprof.top(&["-tagroot=route"]);
    assert!(names(&roots).contains(&"/orders") && names(&roots).contains(&"/users"), "{roots:#?}");
}

#[test]
fn traces_and_comments() {
    let traces = saved().run(&["-traces", "-tagfocus=route=/orders"]);
    assert!(traces.contains("route:  /orders") && traces.contains(BURN_ORDERS), "{traces}");
    assert!(!traces.contains("burn_users"), "{traces}");
    let comments = saved().run(&["-comments"]);
    for comment in capture().comments() {
        assert!(comments.contains(comment), "no {comment} in {comments}");
    }
}

#[test]
fn the_web_interface_shows_all_pages() {
    let pprof = saved();
    let server = pprof.serve();
    for path in [
        "/ui/",
        "/ui/top?tf=route:/orders",
        "/ui/flamegraph?tf=route:/orders&tr=route",
        "/ui/peek?f=burn_orders",
    ] {
        let (status, page) = server.get(path);
        assert!(status.ends_with("200 OK") && page.contains("burn_orders"), "{path}: {status}");
    }
}

#[test]
fn raw_files_name_the_same_functions_once_the_viewer_has_the_binary() {
    let pprof = Pprof::new(|file| capture().write_pprof_raw(file));
    let mut rows = pprof.top(&[std::env::current_exe().unwrap().to_str().unwrap()]);
    rows.retain(|row| row.0.contains("burn_"));
    assert_eq!(rows.len(), 2, "{rows:#?}");
}

#[test]
fn folded_stacks_reach_the_thread() {
    let mut text = Vec::new();
    capture().write_folded_by(&["route"], &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let orders =
        text.lines().filter(|line| line.starts_with("route=/orders;") && line.contains(&format!("{WORK};")));
    assert!(orders.clone().any(|line| line.contains(BURN_ORDERS)), "{text}");
    assert!(capture().duration() > Duration::ZERO);
}
