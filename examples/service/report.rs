//! What the profile says, beside what is known; and the files for other tools.

use crate::truth::{self, Known};
use hooks_service::profile::Profile;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::time::Duration;

const PPROF: &str = "cpu.pb.gz";
const FOLDED: &str = "cpu.folded";

/// CPU by route and by tenant, and the top functions of the dearest route.
pub(crate) fn print(profile: &Profile) {
    let (taken, lost) = (profile.total(), profile.lost());
    println!("{taken} samples of {:?} each, {lost} of them lost\n", profile.period());
    print_by(profile, "route");
    print_by(profile, "tenant");
    let Some(route) = dearest(profile) else { return };
    println!("top functions of {route}");
    println!("{}", profile.filter("route", &route).top(8));
}

fn print_by(profile: &Profile, key: &str) {
    let known = truth::by(key);
    let all: Duration = known.values().map(|known| known.cpu).sum();
    println!("{key:<12} {:>10} {:>20} {:>20}", "requests", "CPU in the profile", "CPU known");
    let profiled = profiled(profile, key);
    let sum: Duration = profiled.values().sum();
    for (value, known) in &known {
        let cpu = profiled.get(value).copied().unwrap_or_default();
        let Known { requests, .. } = known;
        println!(
            "{value:<12} {requests:>10} {:>20} {:>20}",
            with_share(cpu, sum),
            with_share(known.cpu, all)
        );
    }
    println!();
}

/// Each value's CPU time in the profile.
fn profiled(profile: &Profile, key: &str) -> BTreeMap<String, Duration> {
    let rows = profile.top_by_label(key);
    let cpu = |weight: u64| profile.period() * u32::try_from(weight).unwrap_or(u32::MAX);
    rows.rows().iter().filter_map(|row| Some((row.value.clone()?, cpu(row.weight)))).collect()
}

fn with_share(cpu: Duration, all: Duration) -> String {
    let share = if all.is_zero() { 0.0 } else { 100.0 * cpu.as_secs_f64() / all.as_secs_f64() };
    format!("{:.2} s {share:5.1} %", cpu.as_secs_f64())
}

fn dearest(profile: &Profile) -> Option<String> {
    profiled(profile, "route").into_iter().max_by_key(|(_, cpu)| *cpu).map(|(route, _)| route)
}

/// Writes both files and says how to open them.
pub(crate) fn write_files(profile: &Profile) -> io::Result<()> {
    profile.write_pprof(File::create(PPROF)?)?;
    profile.write_folded(File::create(FOLDED)?)?;
    println!("wrote {PPROF} and {FOLDED}; look into them with");
    println!("  go tool pprof -top -tagfocus=route=/sort {PPROF}");
    println!("  go tool pprof -http=: {PPROF}");
    Ok(())
}
