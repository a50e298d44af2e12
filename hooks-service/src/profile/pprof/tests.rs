//! What `go tool pprof` makes of the files.

use std::path::PathBuf;

use super::*;
use crate::profile::data::{Label, Profile};
use crate::profile::pprof::Mapping;
use crate::profile::test_profile::{heap, number, profile, text};
use crate::profile::{Sample, SampleType};

#[path = "../../../tests/support/go_pprof.rs"]
mod go_pprof;
use go_pprof::Pprof;

const MODULE: &str = "hooks_service::profile::test_profile";

fn saved(profile: &Profile) -> Pprof {
    Pprof::new(|file| profile.write_pprof(file))
}

fn with_labels(labels: &[&[Label]]) -> Pprof {
    let mut profile = profile();
    let sample = profile.samples[0].clone();
    profile.samples =
        labels.iter().map(|&labels| Sample { labels: labels.into(), ..sample.clone() }).collect();
    saved(&profile)
}

fn binary() -> PathBuf {
    std::env::current_exe().unwrap()
}

#[test]
fn names_are_the_same_with_and_without_the_binary() {
    let pprof = saved(&profile());
    let top = pprof.top(&[]);
    let row = |function: &str, flat: &str, cumulative: &str| {
        (function.to_owned(), flat.to_owned(), cumulative.to_owned())
    };
    let expected = [
        row("hooks_service::code::symbols::test_support::here (inline)", "700ms", "700ms"),
        row(&format!("{MODULE}::idle"), "270ms", "270ms"),
        row("lost samples", "30ms", "30ms"),
        row(&format!("{MODULE}::busy"), "0", "700ms"),
        row(&format!("{MODULE}::caller"), "0", "970ms"),
        row(&format!("{MODULE}::inlined (inline)"), "0", "700ms"),
    ];
    assert_eq!(top, expected);
    assert_eq!(pprof.top(&[binary().to_str().unwrap()]), expected);
}

#[test]
fn the_header_says_what_is_measured_and_when() {
    let raw = saved(&profile()).run(&["-raw"]);
    for line in
        ["PeriodType: cpu nanoseconds", "Period: 10000000", "Time: 2023-11-14 22:13:20", "Duration: 1s"]
    {
        assert!(raw.contains(line), "no {line} in {raw}");
    }
    assert!(raw.contains("samples/count cpu/nanoseconds[dflt]"), "{raw}");
    assert!(raw.contains("\n         50  500000000: "), "{raw}");
    let wall = SampleType { kind: "wall", unit: "nanoseconds" };
    let count = profile().sample_types[0];
    let wall = Profile { sample_types: vec![count, wall], period_type: wall, ..profile() };
    let wall = saved(&wall).run(&["-top"]);
    assert!(wall.contains("Type: wall"), "{wall}");
}

/// A heap profile has four.
#[test]
fn the_viewer_can_choose_among_sample_types() {
    let pprof = saved(&heap());
    let raw = pprof.run(&["-raw"]);
    assert!(
        raw.contains("alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes[dflt]"),
        "{raw}"
    );
    assert!(raw.contains("PeriodType: space bytes"), "{raw}");
    let busy = |arguments: &[&str]| {
        let rows = pprof.top(arguments);
        rows.into_iter().find(|row| row.0 == format!("{MODULE}::busy")).map(|row| row.2)
    };
    assert_eq!(busy(&[]).as_deref(), Some("2MB"));
    assert_eq!(busy(&["-sample_index=alloc_objects"]).as_deref(), Some("4"));
    assert_eq!(busy(&["-sample_index=alloc_space"]).as_deref(), Some("4MB"));
    assert_eq!(busy(&["-sample_index=inuse_objects"]).as_deref(), Some("2"));
    let lost = saved(&Profile { lost: vec![5, 5 << 20, 1, 1 << 20], ..heap() });
    assert_eq!(lost.run(&["-comments"]).trim(), "1048576 of 4194304 bytes of inuse_space could not be kept");
    let rows = lost.top(&["-sample_index=alloc_space"]);
    assert!(rows.iter().any(|row| row.0 == "lost samples" && row.2 == "5MB"), "{rows:?}");
}

#[test]
fn lines_are_those_of_the_source() {
    let lines = saved(&profile()).run(&["-top", "-lines"]);
    let source = include_str!("../test_profile.rs");
    let call = source.lines().position(|line| line.trim() == "black_box(inlined())").unwrap() + 1;
    assert!(lines.contains(&format!("src/profile/test_profile.rs:{call}\n")), "no line {call} in {lines}");
    let listing = saved(&profile()).run(&["-list=busy"]);
    assert!(listing.contains(&format!(" {call}:    black_box(inlined())")), "{listing}");
}

#[test]
fn labels_are_tags() {
    let pprof = saved(&profile());
    let tags = pprof.run(&["-tags"]);
    for part in
        ["route: ", "500ms (50.00%): /orders", "470ms (47.00%): /users", "tenant: ", "acme", "2kB", "8kB"]
    {
        assert!(tags.contains(part), "no {part} in {tags}");
    }
    let total = |focus: &str| pprof.top(&[focus]).into_iter().map(|row| row.2).next();
    assert_eq!(total("-tagfocus=route=/orders").as_deref(), Some("500ms"));
    assert_eq!(total("-tagfocus=req_bytes=1kb:4kb").as_deref(), Some("500ms"));
    assert_eq!(total("-tagfocus=req_bytes=8kb:").as_deref(), Some("270ms"));
    assert_eq!(total("-tagignore=/orders").as_deref(), Some("270ms"));
}

#[test]
fn labels_can_be_roots() {
    let rows = saved(&profile()).top(&["-tagroot=route"]);
    let cumulative = |name: &str| rows.iter().find(|row| row.0 == name).map(|row| &*row.2);
    assert_eq!(cumulative("/orders"), Some("500ms"));
    assert_eq!(cumulative("/users"), Some("470ms"));
    assert_eq!(cumulative("<unknown>"), Some("30ms"));
}

#[test]
fn traces_show_labels_and_stacks() {
    let traces = saved(&profile()).run(&["-traces", "-tagfocus=route=/orders"]);
    let trace = traces.split("-----------+").nth(1).unwrap();
    let words: Vec<&str> = trace.split_whitespace().skip(1).collect();
    let expected = format!(
        "route: /orders tenant: acme req_bytes: 2kB 500ms hooks_service::code::symbols::test_support::here (inline) \
         {MODULE}::inlined (inline) {MODULE}::busy {MODULE}::caller"
    );
    assert_eq!(words.join(" "), expected, "{traces}");
}

#[test]
fn comments_name_what_was_lost() {
    let comments = saved(&profile()).run(&["-comments"]);
    assert_eq!(comments.lines().collect::<Vec<_>>(), ["made by hand", "3 of 100 samples could not be kept"]);
}

#[test]
fn a_replaced_file_gives_no_names_and_a_comment() {
    let mut profile = profile();
    let own = profile.modules.iter_mut().find(|module| module.is_executable()).unwrap();
    own.build_id = "00".into();
    let pprof = saved(&profile);
    let comments = pprof.run(&["-comments"]);
    assert!(comments.contains("the file was replaced (build id 00 ran"), "{comments}");
    let raw = pprof.run(&["-raw", "-symbolize=none"]);
    assert!(!raw.contains("busy") && raw.contains("+0x"), "{raw}");
    let mapping = raw.lines().find(|line| line.contains(binary().to_str().unwrap())).unwrap();
    assert!(!mapping.contains("[FN]"), "a viewer that has the right file may try: {mapping}");
}

#[test]
fn raw_files_are_resolved_by_the_viewer() {
    let pprof = Pprof::new(|file| profile().write_pprof_raw(file));
    let raw = pprof.run(&["-raw", "-symbolize=none"]);
    assert!(!raw.contains("busy"), "{raw}");
    assert!(
        pprof.run(&["-comments"]).contains("go tool pprof of Go 1.20 or later"),
        "the viewer before was off"
    );
    let mappings = raw.split("Mappings").nth(1).unwrap();
    assert!(
        mappings.lines().nth(1).unwrap().contains(binary().to_str().unwrap()),
        "first is the program: {mappings}"
    );
    assert!(!mappings.contains("[FN]"), "{mappings}");
    let rows = pprof.top(&[binary().to_str().unwrap()]);
    let cumulative = |name: &str| rows.iter().find(|row| row.0.ends_with(name)).map(|row| &*row.2);
    assert_eq!(cumulative("busy"), Some("700ms"), "{rows:?}");
    assert_eq!(cumulative("caller"), Some("970ms"), "{rows:?}");
}

#[test]
fn reserved_keys_are_renamed() {
    let tags = with_labels(&[&[text("pprof::base", "x")]]).run(&["-tags"]);
    assert!(tags.contains("label::base: ") && !tags.contains("pprof::"), "{tags}");
}

#[test]
fn a_key_with_text_and_numbers_is_text() {
    let pprof = with_labels(&[&[text("size", "large")], &[number("size", 4096, "bytes")]]);
    let tags = pprof.run(&["-tags"]);
    assert!(tags.contains(": large") && tags.contains(": 4096 bytes"), "{tags}");
}

#[test]
fn empty_texts_and_zeros_are_not_lost() {
    let tags = with_labels(&[&[text("route", ""), number("shard", 0, "")], &[number("shard", 7, "")]])
        .run(&["-tags"]);
    assert!(tags.contains("route: Total 500ms of 1.03s"), "{tags}");
    assert!(tags.contains("shard: Total 1s of 1.03s"), "{tags}");
    assert!(tags.contains(": 0\n") && tags.contains(": 7"), "{tags}");
}

#[test]
fn brackets_in_names_survive_the_viewer() {
    let name = "<alloc::vec::Vec<T> as core::ops::Drop>::drop::{{closure}}";
    let pprof = Pprof::new(|file| {
        let types = [SampleType { kind: "objects", unit: "count" }];
        let profile = profile();
        let header = Header { sample_types: &types, default_sample_type: "objects", ..profile.header() };
        let mut encoder = Encoder::new(file, &header)?;
        let range = Mapping {
            id: 1,
            start: 1,
            end: 3,
            file_offset: 0,
            file: "program",
            build_id: "",
            symbolised: true,
        };
        encoder.mapping(&range)?;
        let line = |function| Line { function, symbol: function, file: "a.rs", number: 3 };
        let places =
            [encoder.location(1, 1, [line(name)])?, encoder.location(1, 2, [line("_ZN3foo3barEv")])?];
        encoder.sample(&places, &[5], [])?;
        encoder.finish().map(drop)
    });
    let functions: Vec<String> = pprof.top(&[]).into_iter().map(|row| row.0).collect();
    assert_eq!(functions, [name, "foo::bar"], "Rust names as written, C++ names demangled by the viewer");
}

#[test]
fn a_profile_without_samples_is_valid() {
    let empty = Profile { samples: Vec::new(), lost: vec![0; 2], ..profile() };
    assert_eq!(saved(&empty).top(&[]), []);
}

#[test]
fn the_web_interface_shows_all_pages() {
    let pprof = saved(&profile());
    let server = pprof.serve();
    for path in [
        "/ui/",
        "/ui/top?tf=route:/orders",
        "/ui/flamegraph",
        "/ui/flamegraph?tf=route:/orders&tr=route",
        "/ui/peek?f=busy",
    ] {
        let (status, page) = server.get(path);
        assert!(status.ends_with("200 OK"), "{path}: {status} {page}");
        assert!(page.contains("busy"), "{path} does not show the function");
    }
    // For a function of the binary the tool disassembles for a quarter of a minute and, as it knows no Rust, shows
    // nothing; `-list` shows the source.
    let (status, page) = server.get("/ui/source?f=lost");
    assert!(page.contains("lost samples"), "{page}");
    assert!(status.ends_with("200 OK"), "{status}");
}
