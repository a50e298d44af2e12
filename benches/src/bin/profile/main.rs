//! The CPU profiler beside those of the crate `pprof`.
//!
//! Each measurement of each profiler is a process of its own; they take turns.

mod contender;
mod ours;
mod table;

use contender::{Contender, Machine};
use measures::figure::{Figure, Goal};
use measures::profiler::measure;
use std::process::ExitCode;
use table::Table;

const TURNS: usize = 3;

/// Machine, Hz and threads.
const CAPTURES: [(Machine, u32, u32); 8] = [
    (Machine::Idle, 100, 1),
    (Machine::Idle, 100, 4),
    (Machine::Idle, 999, 1),
    (Machine::Idle, 999, 4),
    (Machine::Loaded, 100, 1),
    (Machine::Loaded, 100, 4),
    (Machine::Loaded, 999, 1),
    (Machine::Loaded, 999, 4),
];

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if !arguments.is_empty() {
        return measure::<ours::Ours>(&arguments);
    }
    match Contender::all().and_then(|contenders| compare(&contenders)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            println!("FAILED {cause}");
            ExitCode::FAILURE
        }
    }
}

fn compare(contenders: &[Contender]) -> Result<(), String> {
    println!("median (min..max) of {TURNS} processes each, in turn; processor time");
    let mut table = Table::new(contenders);
    table.take_turns(Machine::Idle, &["sample"])?;
    table.take_turns(Machine::Idle, &["resources"])?;
    table.take_turns(Machine::Idle, &["split"])?;
    table.take_turns(Machine::Idle, &["short"])?;
    table.take_turns(Machine::Idle, &["reach"])?;
    for (machine, hz, threads) in CAPTURES {
        table.take_turns(machine, &["capture", &hz.to_string(), &threads.to_string()])?;
    }
    figures(&table).iter().for_each(Figure::print);
    Ok(())
}

fn figures(table: &Table) -> Vec<Figure> {
    let ours = |row: &str| table.ours(row);
    let at_most = |name: &str, row: &str, unit, most| Figure::new(name, ours(row), unit, Goal::AtMost(most));
    let at_least = |name: &str, row: &str, least| Figure::new(name, ours(row), "%", Goal::AtLeast(least));
    let mut figures = vec![
        Figure::new("profile.sample_depth_20", ours("sample.sample.median") / 1e3, "us", Goal::AtMost(7.0)),
        at_most("profile.split_worst_error", "split.error", "points", 3.0 * ours("split.sigma")),
        at_least("profile.capture_short_threads", "short.capture", 100.0 - 3.0 * ours("short.sigma")),
        Figure::new("profile.reaches_main", ours("reach.reach"), "%", Goal::AtLeast(99.0)),
        at_most("profile.rss_idle", "resources.idle", "MiB", 10.0),
        at_most("profile.first_dump", "resources.first", "ms", 200.0),
        at_most("profile.later_dump", "resources.later", "ms", 5.0),
        at_most("profile.later_dump_new_addresses", "resources.new", "ms", 5.0),
    ];
    figures.extend(CAPTURES.map(|(machine, hz, threads)| {
        let value = ours(&format!(
            "{}.capture",
            table::key(machine, &["capture", &hz.to_string(), &threads.to_string()])
        ));
        let name = format!("profile.capture_{hz}hz_{threads}t_{}", machine.name());
        Figure::new(name, value, "%", Goal::AtLeast(99.0))
    }));
    figures
}
