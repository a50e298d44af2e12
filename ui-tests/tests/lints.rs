//! An annotated fn gives the warnings that it gives without the attribute, at the same places.
//!
//! `lints/*.rs` is one source of cases. The plain twin is the source as it is; in the annotated one every line
//! `//@hook labeled(x)` is `#[hooks_runtime::labeled(x)]`. Both go through clippy with every stable lint of rustc and
//! all of clippy's groups, in editions 2021 and 2024.

mod scratch;

use scratch::Scratch;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

/// What differs, and why. Everything else has to be equal; an entry that is no longer seen fails too.
const KNOWN: &[(Change, &str, &str)] = &[
    // On by default.
    (
        Lost,
        "clippy::needless_return",
        "the body is the initialiser of a `let`, so its end is not the fn's end",
    ),
    (Lost, "clippy::needless_question_mark", "as above"),
    (
        Lost,
        "clippy::unconditional_recursion",
        "clippy (unlike rustc) looks for a body that is one expression",
    ),
    (Lost, "clippy::manual_async_fn", "with `future` or `call` the fn is not an async fn written out"),
    // Pedantic.
    (Lost, "clippy::unused_async", "`async` is taken off, so there is none to be unused"),
    (Lost, "clippy::missing_errors_doc", "an async `Result<impl Trait, _>` is two opaque types deep"),
    // Nursery.
    (Lost, "clippy::missing_const_for_fn", "and rightly: an annotated fn cannot be `const`"),
    // Restriction: style that a project picks lint by lint.
    (Lost, "clippy::implicit_return", "reported once, at the expansion's own last expression"),
    (Added, "clippy::implicit_return", "the same"),
    (Lost, "clippy::empty_drop", "an annotated `drop` is not empty"),
    (Lost, "clippy::missing_inline_in_public_items", "at `fn` instead of at `async`"),
    (Added, "clippy::missing_inline_in_public_items", "the same"),
    (Added, "clippy::shadow_same", "async: each argument is rebound inside the future"),
    (Added, "clippy::shadow_reuse", "the same, where its name begins with `_`"),
    (Added, "clippy::shadow_unrelated", "async: a label names a part of a pattern"),
    (Added, "clippy::pattern_type_mismatch", "the same"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Lost,
    Added,
}
use Change::{Added, Lost};

/// A warning: file, line and column, lint, words.
type Warning = (String, [u64; 2], String, String);

#[test]
fn twins_are_linted_alike_in_2021() {
    compare("2021");
}

#[test]
fn twins_are_linted_alike_in_2024() {
    compare("2024");
}

/// Without any lint set, and with every warning an error.
#[test]
fn clean_code_stays_clean() {
    let text = include_str!("../lints/clean/lib.rs");
    assert!(text.starts_with("#![deny(warnings)]"));
    for edition in ["2021", "2024"] {
        let clean = Scratch::new(&format!("clean-{edition}"), edition, &[("lib.rs".into(), annotate(text))]);
        let output = clean.cargo("check").output().expect("cargo runs");
        assert!(output.status.success(), "{edition}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

fn compare(edition: &str) {
    let [plain, annotated] = [false, true].map(|hooks| {
        let name = if hooks { "annotated" } else { "plain" };
        let twin = Scratch::new(&format!("lints-{edition}-{name}"), edition, &sources(hooks));
        warnings(&twin)
    });
    assert!(plain.len() > 100, "the lints did not run: {} warnings", plain.len());
    let mut differences = missing(Lost, &plain, &annotated);
    differences.extend(missing(Added, &annotated, &plain));
    for (change, lint, why) in KNOWN {
        let before = differences.len();
        differences.retain(|(found, (_, _, code, _))| (found, code.as_str()) != (change, lint));
        assert!(differences.len() < before, "no longer seen: {change:?} {lint} ({why})");
    }
    assert!(differences.is_empty(), "{} differences:\n{differences:#?}", differences.len());
}

/// What is in `warnings` more often than in `others`.
fn missing(
    change: Change,
    warnings: &BTreeMap<Warning, usize>,
    others: &BTreeMap<Warning, usize>,
) -> Vec<(Change, Warning)> {
    let missing = warnings.iter().filter(|(warning, count)| others.get(*warning).is_none_or(|n| n < *count));
    missing.map(|(warning, _)| (change, warning.clone())).collect()
}

/// The cases as files, with or without the attributes.
fn sources(hooks: bool) -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/lints");
    let files = std::fs::read_dir(folder).expect("the cases are there");
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let path = file.expect("readable").path();
        let text = std::fs::read_to_string(&path).expect("readable");
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        (name, if hooks { annotate(&text) } else { text })
    };
    files.filter(|file| file.as_ref().is_ok_and(|file| file.path().is_file())).map(read).collect()
}

fn annotate(text: &str) -> String {
    let line = |line: &str| match line.split_once("//@hook ") {
        Some((indent, attribute)) if indent.trim().is_empty() => {
            format!("{indent}#[hooks_runtime::{attribute}]\n")
        }
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

fn warnings(twin: &Scratch) -> BTreeMap<Warning, usize> {
    let mut clippy = twin.cargo("clippy");
    clippy.args(["--quiet", "--message-format=json", "--", "--cap-lints=warn"]);
    for lint in rustc_lints().iter().chain(&CLIPPY.map(str::to_owned)) {
        clippy.arg(format!("-W{lint}"));
    }
    let output = clippy.output().expect("clippy is installed");
    let mut warnings = BTreeMap::new();
    let mut errors = Vec::new();
    for line in String::from_utf8(output.stdout).expect("JSON").lines() {
        let message: Value = serde_json::from_str(line).expect("JSON");
        if message["reason"] == "compiler-message" {
            let message = &message["message"];
            *warnings.entry(warning(message)).or_default() += 1;
            errors.extend((message["level"] == "error").then(|| message["rendered"].to_string()));
        }
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the cases do not compile: {stderr}{errors:#?}");
    warnings
}

const CLIPPY: [&str; 4] = ["clippy::all", "clippy::pedantic", "clippy::nursery", "clippy::restriction"];

/// Those that are off unless asked for; the rest is on.
fn rustc_lints() -> Vec<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let help = Command::new(rustc).args(["-W", "help"]).output().expect("rustc runs").stdout;
    let help = String::from_utf8(help).expect("text");
    let lints = help.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let name = words.next()?;
        (words.next()? == "allow").then(|| name.to_owned())
    });
    let lints: Vec<String> = lints.collect();
    assert!(lints.iter().any(|lint| lint == "unreachable-pub"), "{help}");
    lints
}

fn warning(message: &Value) -> Warning {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let spans = message["spans"].as_array().expect("spans");
    let primary = spans.iter().find(|span| span["is_primary"] == true);
    let place = primary
        .map_or([0; 2], |span| ["line_start", "column_start"].map(|key| span[key].as_u64().unwrap_or(0)));
    let file = primary.map(|span| text(&span["file_name"])).unwrap_or_default();
    let (lint, mut words) = (text(&message["code"]["code"]), text(&message["message"]));
    if lint.starts_with("clippy::large_") {
        // How many bytes is a matter of other tests.
        words.retain(|c| !c.is_ascii_digit());
    }
    (file, place, lint, words)
}
