//! What annotated fns cost the compiler, beside the same fns plain and under peers' attributes.
//!
//! `cargo run --release -p benches --bin expansion [ROUNDS]` (5 if not given; about 5 minutes on two cores).
//! Crates of 1,000 fns `pub fn fN(x: u32) -> u32 { x.wrapping_add(N) }`, in one package with the same dependencies,
//! dependencies compiled before, no incremental compilation, crates in turn, round by round. Times are processor time
//! of cargo and all its children: other work on the machine changes them little, and their least the least.

mod cpu;
mod project;
mod subject;
mod times;

use measures::figure::{Figure, Goal};
use project::Project;
use std::io;
use subject::{Kind, Owner, SUBJECTS};
use times::{Row, Times};

const PEERS: &str = "tracing = \"0.1\"\nfastrace = { version = \"0.7\", features = [\"enable\"] }\n";

/// What cargo is told to do, to which fns, and what the goal for the ratio is.
const RUNS: [(&str, Kind, f64); 4] = [
    ("check", Kind::Sync, 5.0),
    ("check", Kind::Async, 2.6),
    ("build", Kind::Sync, 5.0),
    ("build", Kind::Async, 2.6),
];
/// Clean builds of the runtime.
const CLEAN_BUILDS: usize = 3;
const MOST_CLEAN_SECONDS: f64 = 9.0;

fn main() -> io::Result<()> {
    let rounds = rounds()?;
    let subjects = Project::create("subject", PEERS)?;
    println!("expansion: {} fns a crate, best of {rounds} rounds, processor time", subject::FNS);
    println!("with {}", subjects.tree(&["--depth", "1"])?.join(", "));
    let mut figures = Vec::new();
    for (subcommand, kind, most) in RUNS {
        let rows = measure(&subjects, subcommand, kind, rounds)?;
        times::print(&format!("cargo {subcommand}, {} fns", kind.name()), &rows);
        figures.extend(ratio_figures(&format!("expansion.{subcommand}_{}", kind.name()), &rows, most));
    }
    figures.push(clean_build()?);
    println!();
    figures.iter().for_each(Figure::print);
    Ok(())
}

fn rounds() -> io::Result<usize> {
    let Some(given) = std::env::args().nth(1) else { return Ok(5) };
    let rounds = given.parse().ok().filter(|rounds| *rounds > 0);
    rounds.ok_or_else(|| io::Error::other(format!("`{given}` is no number of rounds")))
}

fn measure(project: &Project, subcommand: &str, kind: Kind, rounds: usize) -> io::Result<Vec<Row>> {
    let sources = SUBJECTS.each_ref().map(|subject| subject.source(kind));
    // The first run compiles the dependencies too.
    project.run(subcommand)?;
    let mut times = Times::new();
    for _ in 0..rounds {
        for (index, source) in sources.iter().enumerate() {
            project.set_source(source)?;
            times.add(index, project.run(subcommand)?);
        }
    }
    Ok(times.rows())
}

/// The goals are for the dearest of our uses that count: to plain, and to fastrace.
fn ratio_figures(name: &str, rows: &[Row], most: f64) -> [Figure; 2] {
    let counted =
        SUBJECTS.iter().zip(rows).filter(|(subject, _)| subject.owner == Owner::Hooks { counts: true });
    let (subject, dearest) =
        counted.max_by(|(_, a), (_, b)| a.best.total_cmp(&b.best)).expect("there are uses that count");
    let fastrace =
        SUBJECTS.iter().position(|subject| subject.name == "fastrace::trace").expect("it is there");
    println!("  figures are those of {}", subject.name);
    [
        Figure::new(name, dearest.ratio, "x_plain", Goal::AtMost(most)),
        Figure::new(
            format!("{name}_to_peer"),
            dearest.best / rows[fastrace].best,
            "x_fastrace",
            Goal::AtMost(1.0),
        ),
    ]
}

fn clean_build() -> io::Result<Figure> {
    let alone = Project::create("alone", "")?;
    let mut seconds = Vec::new();
    for _ in 0..CLEAN_BUILDS {
        alone.clean()?;
        seconds.push(alone.run("build")?.as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let crates = alone.tree(&["--package", "hooks-runtime"])?;
    println!("\nclean build with hooks-runtime alone, s: {seconds:.2?}");
    println!("its tree, {} crates: {}", crates.len(), crates.join(", "));
    Ok(Figure::new("expansion.clean_build", seconds[0], "s", Goal::AtMost(MOST_CLEAN_SECONDS)))
}
