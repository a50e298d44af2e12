//! An annotated fn gives the warnings that it gives without the attribute, at the same places.
//!
//! `lints/*.rs` is one source of cases. The plain twin is the source as it is; in the others every line
//! `//@hook labeled(x)` is an attribute: that one, or another in its place ([`substitute`]). All go through clippy with
//! every stable lint of rustc and all of clippy's groups, in editions 2021 and 2024.

#[path = "../../attributes/mod.rs"]
mod attributes;
#[path = "../scratch/mod.rs"]
mod scratch;

use scratch::Scratch;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

mod substitute;

use attributes::{Added, Attribute, Change, Lost};

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
    let (shapes, labels) =
        (include_str!("../../lints/clean/lib.rs"), include_str!("../../lints/clean/labels.rs"));
    for (name, attribute) in attributes::ALL {
        if *name == "labeled" {
            stays_clean("labels", labels, name, attribute);
        }
        stays_clean("shapes", shapes, name, attribute);
    }
}

fn stays_clean(topic: &str, text: &str, name: &str, attribute: &Attribute) {
    assert!(text.starts_with("#![deny(warnings)]"));
    let annotated = substitute::annotate(text, attribute);
    if annotated == text {
        return;
    }
    for edition in ["2021", "2024"] {
        let source = [("lib.rs".into(), annotated.clone())];
        let clean = Scratch::new(&format!("clean-{topic}-{edition}-{name}"), edition, &source);
        let output = clean.cargo("check").output().expect("cargo runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}, {edition}: {said}");
    }
}

fn compare(edition: &str) {
    let plain = warnings(&Scratch::new(&format!("lints-{edition}-plain"), edition, &sources(None)));
    assert!(plain.len() > 100, "the lints did not run: {} warnings", plain.len());
    let mut faults = Vec::new();
    for (name, attribute) in attributes::ALL {
        let sources = sources(Some(attribute));
        if sources.iter().any(|(_, text)| text.contains("#[hooks_runtime::")) {
            let annotated = warnings(&Scratch::new(&format!("lints-{edition}-{name}"), edition, &sources));
            faults.extend(differences(name, attribute, edition, &plain, &annotated));
        }
    }
    assert!(faults.is_empty(), "{} differences:\n{}", faults.len(), faults.join("\n"));
}

/// Those that are not known, and those that are known and no longer seen.
fn differences(
    name: &str,
    attribute: &Attribute,
    edition: &str,
    plain: &BTreeMap<Warning, usize>,
    annotated: &BTreeMap<Warning, usize>,
) -> Vec<String> {
    let mut differences = missing(Lost, plain, annotated);
    differences.extend(missing(Added, annotated, plain));
    let mut faults = Vec::new();
    let in_2021 = if edition == "2021" { attribute.lints_in_2021 } else { &[] };
    for (change, lint, why) in attribute.lints.iter().copied().flatten().chain(in_2021) {
        let before = differences.len();
        differences.retain(|(found, (_, _, code, _))| (found, code.as_str()) != (change, lint));
        if differences.len() == before {
            faults.push(format!("{name}: no longer seen: {change:?} {lint} ({why})"));
        }
    }
    faults.extend(differences.iter().map(|difference| format!("{name}: {difference:?}")));
    faults
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

/// The cases as files, under an attribute or plain.
fn sources(attribute: Option<&Attribute>) -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/lints");
    let files = std::fs::read_dir(folder).expect("the cases are there");
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let path = file.expect("readable").path();
        let text = std::fs::read_to_string(&path).expect("readable");
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        (name, attribute.map_or_else(|| text.clone(), |attribute| substitute::annotate(&text, attribute)))
    };
    files.filter(|file| file.as_ref().is_ok_and(|file| file.path().is_file())).map(read).collect()
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
