//! What a label scope costs, beside what its peers do in its place.

mod ours;
mod peers;

use measures::beside::Bench;
use measures::figure::{Figure, Goal};
use measures::go::Go;
use measures::measure::{Case, Rounds};
use std::process::ExitCode;

const BENCH: Bench = Bench { package: ".", processes: 15, rounds: 31, cases };

/// A row of the table: a case, and the case that is the same without labels.
struct Row {
    case: &'static str,
    base: &'static str,
}

const ROWS: [Row; 16] = [
    Row { case: "#[labeled] 1 &str", base: "plain fn(&str)" },
    Row { case: "#[labeled] 1 &str, fn that calls", base: "plain fn(&str) that calls" },
    Row { case: "#[labeled] 2 &str", base: "plain fn(&str, &str)" },
    Row { case: "#[labeled] &Arc<str>, copied", base: "plain fn(&Arc<str>)" },
    Row { case: "#[labeled] number", base: "plain fn(u64)" },
    Row { case: "#[labeled] 1 &str, nested in another", base: "plain fn(&str), nested" },
    Row { case: "#[labeled] async, a poll", base: "plain async, a poll" },
    Row { case: "Labels::scope", base: "plain fn(&str)" },
    Row { case: "Labels::current, 1 label", base: "plain fn(&str)" },
    Row { case: "tracing span, no subscriber", base: "plain fn(&str)" },
    Row { case: "tracing span, Registry", base: "plain fn(&str)" },
    Row { case: "fastrace local span, no parent", base: "plain fn(&str)" },
    Row { case: "fastrace local span, under a root", base: "plain fn(&str)" },
    Row { case: "custom-labels with_label", base: "plain fn(&str)" },
    Row { case: "Go pprof.Do, 1 label", base: "Go plain call" },
    Row { case: "Go pprof.Do, 2 labels", base: "Go plain call" },
];

/// Go's, and what its program calls them.
const GO: [(&str, &str); 3] =
    [("Go plain call", "plain"), ("Go pprof.Do, 1 label", "one"), ("Go pprof.Do, 2 labels", "two")];

fn main() -> ExitCode {
    BENCH.run(|rounds| Table(rounds).report(), |_| String::new())
}

fn cases(go: Option<&Go>) -> Vec<Case<'_>> {
    let mut cases = ours::cases();
    cases.extend(peers::cases());
    cases.extend(go.into_iter().flat_map(|go| go.cases(&GO)));
    cases
}

/// All cases as measured.
struct Table(Vec<Rounds>);

impl Table {
    fn find(&self, name: &str) -> Option<&Rounds> {
        self.0.iter().find(|rounds| rounds.name() == name)
    }

    /// What a case takes more than its base; nothing where a peer is missing.
    fn net(&self, case: &str) -> Option<Rounds> {
        let row = ROWS.iter().find(|row| row.case == case)?;
        Some(self.find(row.case)?.net_of(self.find(row.base)?))
    }

    fn report(&self) {
        self.print();
        if cfg!(not(feature = "custom-labels")) {
            println!("peer custom-labels not built: feature custom-labels needs libclang");
        }
        self.figures().iter().for_each(Figure::print);
    }

    fn print(&self) {
        for base in self.0.iter().filter(|rounds| ROWS.iter().all(|row| row.case != rounds.name())) {
            println!("{:40} {:>28}", base.name(), base.to_string());
        }
        for row in &ROWS {
            if let (Some(whole), Some(net)) = (self.find(row.case), self.net(row.case)) {
                println!("{:40} {:>28} {:>28}", row.case, whole.to_string(), net.to_string());
            }
        }
    }

    fn figures(&self) -> Vec<Figure> {
        let goals = [
            ("labels.scope_str", "#[labeled] 1 &str", 1.0),
            ("labels.scope_str_calling", "#[labeled] 1 &str, fn that calls", 1.0),
            ("labels.scope_two_str", "#[labeled] 2 &str", 2.0),
            ("labels.scope_copied", "#[labeled] &Arc<str>, copied", 5.5),
            ("labels.poll", "#[labeled] async, a poll", 1.0),
        ];
        let median = |case| self.net(case).map_or(f64::NAN, |net| net.median());
        let mut figures: Vec<_> = goals
            .iter()
            .map(|(name, case, goal)| Figure::new(*name, median(case), "ns", Goal::AtMost(*goal)))
            .collect();
        // A net cost of less than the clock can tell counts as a tenth of a nanosecond: the ratio is not to be boasted
        // with.
        let ratio = median("Go pprof.Do, 1 label") / median("#[labeled] 1 &str").max(0.1);
        figures.push(Figure::new("labels.times_faster_than_go", ratio, "times", Goal::AtLeast(100.0)));
        figures
    }
}
