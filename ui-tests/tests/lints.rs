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

/// Lints that differ, in which direction, and why that is accepted. Everything else has to be equal.
const KNOWN: &[Known] = &[];

struct Known {
    lint: &'static str,
}

impl Known {
    fn covers(&self, line: &str) -> bool {
        line.contains(&format!("\"{}\"", self.lint))
    }
}

/// A warning: file, line and column where it starts and ends, lint, words.
type Warning = (String, [u64; 4], String, String);

#[test]
fn twins_are_linted_alike_in_2021() {
    compare("2021");
}

#[test]
fn twins_are_linted_alike_in_2024() {
    compare("2024");
}

fn compare(edition: &str) {
    let [plain, annotated] = [false, true].map(|hooks| {
        let name = if hooks { "annotated" } else { "plain" };
        let twin = Scratch::new(&format!("lints-{edition}-{name}"), edition, &sources(hooks));
        warnings(&twin)
    });
    assert!(plain.len() > 100, "the lints did not run: {} warnings", plain.len());
    let mut differences = Vec::new();
    for (warning, count) in &plain {
        let other = annotated.get(warning).copied().unwrap_or(0);
        if other < *count {
            differences.push(format!("lost  {warning:?}"));
        }
    }
    for (warning, count) in &annotated {
        if plain.get(warning).copied().unwrap_or(0) < *count {
            differences.push(format!("added {warning:?}"));
        }
    }
    differences.retain(|line| !KNOWN.iter().any(|known| known.covers(line)));
    differences.sort();
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
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
    files.map(read).collect()
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
    let place = primary.map_or([0; 4], |span| {
        ["line_start", "column_start", "line_end", "column_end"].map(|key| span[key].as_u64().unwrap_or(0))
    });
    let file = primary.map(|span| text(&span["file_name"])).unwrap_or_default();
    (file, place, text(&message["code"]["code"]), text(&message["message"]))
}
