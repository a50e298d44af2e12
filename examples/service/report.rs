//! What the profile says, beside what is known; and the files for other tools.

use crate::truth::{self, Known};
use hooks_service::profile::{Profile, WriteError};
use hooks_service::stacks::{Dump, Tasks};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::time::Duration;

const PPROF: &str = "cpu.pb.gz";
const GRAPH: &str = "cpu.svg";
const STACKS: &str = "stacks.txt";

const COLUMNS: &str = "\
CPU in the profile: samples, +- one standard deviation of chance; their share of all samples taken
CPU known:          the handlers' own measurement by the thread's CPU clock, its share of all so measured
(unlabelled):       the client, the HTTP server, the runtime; and samples lost";

/// CPU by route and by tenant, and the top functions of the dearest route.
pub(crate) fn print(profile: &Profile) {
    let (taken, lost) = (profile.total(), profile.lost());
    println!("{taken} samples of {:?} each, {lost} of them lost", profile.period());
    profile.comments().iter().for_each(|comment| println!("  {comment}"));
    println!();
    println!("{COLUMNS}\n");
    print_by(profile, "route");
    print_by(profile, "tenant");
    let Some(route) = dearest(profile) else { return };
    println!("top functions of {route}");
    println!("{}", profile.filter("route", &route).top(8));
    println!("{}", profile.unlabelled("route"));
}

fn print_by(profile: &Profile, key: &str) {
    let known = truth::by(key);
    let all_known: Duration = known.values().map(|known| known.cpu).sum();
    let profiled = profiled(profile, key);
    let in_profile = |value: Option<&str>| {
        let found = profiled.get(&value.map(str::to_owned)).copied();
        with_chance(profile, found.unwrap_or_default())
    };
    println!("{key:<12} {:>10} {:>28} {:>20}", "requests", "CPU in the profile", "CPU known");
    let values: BTreeSet<&String> = known.keys().chain(profiled.keys().flatten()).collect();
    for value in values {
        let Known { requests, cpu } = known.get(value).copied().unwrap_or_default();
        println!(
            "{value:<12} {requests:>10} {:>28} {:>20}",
            in_profile(Some(value)),
            with_share(cpu, all_known)
        );
    }
    println!("{:<12} {:>10} {:>28} {:>20}\n", "(unlabelled)", "", in_profile(None), "not measured");
}

/// Each value's samples; `None` is what has no such label.
fn profiled(profile: &Profile, key: &str) -> BTreeMap<Option<String>, u64> {
    profile.top_by_label(key).rows().iter().map(|row| (row.value.clone(), row.weight)).collect()
}

fn with_chance(profile: &Profile, samples: u64) -> String {
    let (found, all) = (cpu(profile, samples), cpu(profile, profile.total()));
    let chance = profile.standard_error(samples).as_secs_f64();
    format!("{:.2} +- {chance:.2} s {:5.1} %", found.as_secs_f64(), share(found, all))
}

fn cpu(profile: &Profile, samples: u64) -> Duration {
    profile.period() * u32::try_from(samples).unwrap_or(u32::MAX)
}

fn with_share(cpu: Duration, all: Duration) -> String {
    format!("{:.2} s {:5.1} %", cpu.as_secs_f64(), share(cpu, all))
}

/// In percent.
fn share(cpu: Duration, all: Duration) -> f64 {
    if all.is_zero() { 0.0 } else { 100.0 * cpu.as_secs_f64() / all.as_secs_f64() }
}

fn dearest(profile: &Profile) -> Option<String> {
    let labelled =
        profiled(profile, "route").into_iter().filter_map(|(route, samples)| Some((route?, samples)));
    labelled.max_by_key(|(_, samples)| *samples).map(|(route, _)| route)
}

/// Writes both files and says how to open them.
pub(crate) fn write_files(profile: &Profile) -> Result<(), WriteError> {
    profile.write_to_path(PPROF)?;
    profile.write_to_path(GRAPH)?;
    println!("wrote {PPROF} and {GRAPH}, a flame graph for a browser; look into them with");
    println!("  go tool pprof -top -tagfocus=route=/sort {PPROF}");
    println!("  go tool pprof -http=: {PPROF}");
    Ok(())
}

/// Writes where all threads were.
pub(crate) fn write_stacks(dump: &Dump) -> io::Result<()> {
    dump.write_text(File::create(STACKS)?)?;
    let (threads, tasks) = (dump.threads().len(), dump.tasks().map_or(0, Tasks::total));
    println!(
        "wrote {STACKS}: in the middle of the load, {threads} threads and the tasks that waited ({tasks})"
    );
    Ok(())
}
