//! What was asked for on the command line.

use std::ffi::OsString;

use crate::failure::{Failure, Outcome};
use crate::{bench, lanes};

pub(crate) const HELP: &str = "\
cargo xtask test [LANE..] [--without LANE]..   run every lane of tests, or those named
cargo xtask test --quick                       while writing: format, tree, clippy, tests of the packages that changed
                                               since main, and of the one above
cargo xtask test --list                        the lanes, one line each
cargo xtask test aarch64 --full                the long form of the lanes that have one
cargo xtask bench [NAME..]                     run the benches (labels, profile, expansion, os_thread, fault, stacks,
                                               callers, polls, trace), or those named, then repeat their figures

Tools that the lanes need are fetched into .tools/; one that cannot be had fails its lane by name.";

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Help,
    ListLanes,
    Test(Selection),
    Bench(Vec<String>),
    /// Internal: one lane of a run.
    Lane(Selection),
    /// Internal: what lanes of a run need, fetched ahead.
    Prepare(Selection),
    /// Internal: cargo's runner for test binaries, one process a test.
    Isolate(Vec<OsString>),
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) only: Vec<&'static str>,
    pub(crate) without: Vec<&'static str>,
    /// Run the long form of a lane that has one.
    pub(crate) full: bool,
    /// Run what is worth running at each pause while writing.
    pub(crate) quick: bool,
}

pub(crate) fn parse(arguments: &[String]) -> Outcome<Request> {
    match arguments.split_first() {
        None => Ok(Request::Help),
        Some((verb, rest)) => match verb.as_str() {
            "help" | "--help" | "-h" => Ok(Request::Help),
            "test" => parse_test(rest),
            "lane" | "prepare" => match (verb.as_str(), parse_test(rest)?) {
                ("prepare", Request::Test(selection)) => Ok(Request::Prepare(selection)),
                (_, Request::Test(selection))
                    if selection.only.len() == 1 && selection.without.is_empty() =>
                {
                    Ok(Request::Lane(selection))
                }
                _ => Err(Failure::new("`lane` is for one, by its name; `test` is for several")),
            },
            "bench" => parse_bench(rest),
            "isolate" => Ok(Request::Isolate(rest.iter().map(OsString::from).collect())),
            other => Err(Failure::new(format!("unknown command `{other}`\n\n{HELP}"))),
        },
    }
}

fn parse_test(arguments: &[String]) -> Outcome<Request> {
    let mut selection = Selection::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--list" => return Ok(Request::ListLanes),
            "--full" => selection.full = true,
            "--quick" => selection.quick = true,
            "--without" => {
                let names =
                    arguments.next().ok_or_else(|| Failure::new("--without needs the name of a lane"))?;
                for name in names.split(',') {
                    selection.without.push(lane_name(name)?);
                }
            }
            name => selection.only.push(lane_name(name)?),
        }
    }
    Ok(Request::Test(selection))
}

fn lane_name(name: &str) -> Outcome<&'static str> {
    let mut known = lanes::ALL.iter().map(|lane| lane.name);
    known.clone().find(|lane| *lane == name).ok_or_else(|| {
        let known = known.by_ref().collect::<Vec<_>>().join(", ");
        Failure::new(format!("no lane `{name}`; there are {known}"))
    })
}

fn parse_bench(arguments: &[String]) -> Outcome<Request> {
    if let Some(unknown) = arguments.iter().find(|name| !bench::ALL.contains(&name.as_str())) {
        return Err(Failure::new(format!("no bench `{unknown}`; there are {}", bench::ALL.join(", "))));
    }
    Ok(Request::Bench(arguments.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(line: &str) -> Outcome<Request> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    fn selection(line: &str) -> Selection {
        match parse_words(line) {
            Ok(Request::Test(selection)) => selection,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn lanes_are_chosen_and_left_out_by_name() {
        let chosen = selection("test format tree --without loom,aarch64 --without go --full");
        assert_eq!(chosen.only, ["format", "tree"]);
        assert_eq!(chosen.without, ["loom", "aarch64", "go"]);
        assert!(chosen.full);
    }

    #[test]
    fn the_lane_of_a_quick_run_has_a_name_too() {
        let chosen = selection("test --quick changed");
        assert_eq!(chosen.only, ["changed"]);
        let names = |only: &[&str], quick| {
            lanes::chosen(only, quick).iter().map(|lane| lane.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&chosen.only, true), ["changed"]);
        assert_eq!(names(&[], true), ["format", "tree", "clippy", "changed"]);
        // All tests are those that changed, and the others.
        assert_eq!(names(&[], false).len(), lanes::ALL.len() - 1);
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let failure = parse_words("test --without lom").unwrap_err().to_string();
        assert!(failure.contains("`lom`") && failure.contains("loom"), "{failure}");
        let failure = parse_words("bench label").unwrap_err().to_string();
        assert!(failure.contains("`label`") && failure.contains("labels"), "{failure}");
        assert!(parse_words("tets").is_err());
        assert!(parse_words("test --without").is_err());
        assert!(matches!(parse_words("lane go --full"), Ok(Request::Lane(_))));
        for several in ["lane", "lane go tests", "lane go --without tests", "lane --list"] {
            assert!(parse_words(several).is_err(), "{several}");
        }
    }
}
