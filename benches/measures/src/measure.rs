//! Short rounds of all cases in turn, so that a disturbance of the machine meets all of them alike.

use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, fmt, io};

/// Processor time of the calling thread.
pub fn thread_time() -> Duration {
    clock(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// Processor time of the process, by `getrusage`. Its clock is of no use here: while a timer of the process is armed,
/// the kernel moves it on ticks only.
///
/// # Panics
/// Where `getrusage` fails, which it has no reason to.
pub fn process_time() -> Duration {
    // SAFETY: plain data, filled by the call.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        let result = libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
        assert_eq!(result, 0, "the kernel accounts for this process");
        usage
    };
    [usage.ru_utime, usage.ru_stime]
        .map(|time| {
            Duration::from_secs(time.tv_sec.unsigned_abs())
                + Duration::from_micros(time.tv_usec.unsigned_abs())
        })
        .iter()
        .sum()
}

fn clock(id: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: points to a local.
    let result = unsafe { libc::clock_gettime(id, &raw mut time) };
    assert_eq!(result, 0, "a processor time clock answers");
    let (seconds, nanoseconds) = (time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs());
    Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds)
}

/// Something to be measured.
pub struct Case<'work> {
    name: String,
    round: Box<dyn FnMut() -> f64 + 'work>,
}

impl<'work> Case<'work> {
    /// `call`, `calls` times a round. The loop is compiled with the call in it.
    pub fn new(name: impl Into<String>, calls: u32, mut call: impl FnMut() + 'work) -> Self {
        let round = move || {
            let start = thread_time();
            for _ in 0..calls {
                call();
            }
            thread_time().saturating_sub(start).as_secs_f64() * 1e9 / f64::from(calls)
        };
        Case { name: name.into(), round: Box::new(round) }
    }

    /// `round` measures a round itself and returns nanoseconds for one call.
    pub fn of_rounds(name: impl Into<String>, round: impl FnMut() -> f64 + 'work) -> Self {
        Case { name: name.into(), round: Box::new(round) }
    }

    /// The time of one of `parts` equal parts of a call.
    #[must_use]
    pub fn per_part(self, parts: u32) -> Self {
        let mut round = self.round;
        Case { name: self.name, round: Box::new(move || round() / f64::from(parts)) }
    }

    /// Nanoseconds of a call in one more round.
    pub fn round(&mut self) -> f64 {
        (self.round)()
    }
}

/// What the rounds of one case gave.
#[derive(Clone, Debug)]
pub struct Rounds {
    name: String,
    values: Vec<f64>,
}

/// Runs all cases in turn, `rounds` times, after one round that does not count.
pub fn interleave(rounds: usize, cases: Vec<Case<'_>>) -> Vec<Rounds> {
    let mut cases = cases;
    for case in &mut cases {
        case.round();
    }
    let mut results: Vec<_> =
        cases.iter().map(|case| Rounds { name: case.name.clone(), values: Vec::new() }).collect();
    for _ in 0..rounds {
        for (case, result) in cases.iter_mut().zip(&mut results) {
            result.values.push(case.round());
        }
    }
    results
}

/// Runs `cases` in `processes` fresh processes of this program, one after the other, and puts their rounds together.
///
/// Where the system puts code and stack decides over a third of what a scope costs: each process is one throw of that dice.
/// The program calls [`print_rounds`] when its first argument is [`ROUNDS_ONLY`].
///
/// # Errors
/// Where this program cannot be started, or one of the processes fails, says something else than numbers, or has other
/// cases or rounds than the first.
pub fn in_fresh_processes(processes: usize) -> io::Result<Vec<Rounds>> {
    put_together((0..processes).map(|_| in_fresh_process()))
}

fn in_fresh_process() -> io::Result<Vec<Rounds>> {
    let run = Command::new(env::current_exe()?).arg(ROUNDS_ONLY).stderr(Stdio::inherit()).output()?;
    if !run.status.success() {
        return Err(io::Error::other(format!("a process of the rounds ended with {}", run.status)));
    }
    String::from_utf8_lossy(&run.stdout).lines().filter_map(|line| Rounds::parse(line).transpose()).collect()
}

fn put_together(runs: impl IntoIterator<Item = io::Result<Vec<Rounds>>>) -> io::Result<Vec<Rounds>> {
    let mut runs = runs.into_iter();
    let mut all = runs.next().transpose()?.unwrap_or_default();
    let first = shape(&all);
    for run in runs {
        let run = run?;
        if shape(&run) != first {
            let shapes = format!("{first:?} and {:?}", shape(&run));
            return Err(io::Error::other(format!("processes had other cases or rounds: {shapes}")));
        }
        all.iter_mut().zip(run).for_each(|(all, run)| all.values.extend(run.values));
    }
    Ok(all)
}

fn shape(run: &[Rounds]) -> Vec<(String, usize)> {
    run.iter().map(|rounds| (rounds.name.clone(), rounds.values.len())).collect()
}

/// The argument that asks for rounds only.
pub const ROUNDS_ONLY: &str = "rounds-only";

/// What [`in_fresh_processes`] reads.
pub fn print_rounds(results: &[Rounds]) {
    for rounds in results {
        let values: Vec<_> = rounds.values.iter().map(f64::to_string).collect();
        println!("{}\t{}", rounds.name, values.join(" "));
    }
}

impl Rounds {
    /// `None` for a line of something else, which has no tab.
    fn parse(line: &str) -> io::Result<Option<Rounds>> {
        let Some((name, values)) = line.split_once('\t') else { return Ok(None) };
        let number = |value: &str| {
            value.parse().map_err(|_| io::Error::other(format!("`{value}` is no time of {name}")))
        };
        let values = values.split(' ').map(number).collect::<io::Result<_>>()?;
        Ok(Some(Rounds::new(name, values)))
    }

    /// Of values in the order of their rounds.
    pub fn new(name: impl Into<String>, values: Vec<f64>) -> Self {
        Rounds { name: name.into(), values }
    }

    /// The case's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Round by round what this takes more than `base`.
    #[must_use]
    pub fn net_of(&self, base: &Rounds) -> Rounds {
        let values = self.values.iter().zip(&base.values).map(|(value, base)| value - base).collect();
        Rounds { name: self.name.clone(), values }
    }

    /// The middle one of the rounds; not a number if there were none.
    pub fn median(&self) -> f64 {
        self.sorted().get(self.values.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// The least of the rounds.
    pub fn min(&self) -> f64 {
        self.sorted().first().copied().unwrap_or(f64::NAN)
    }

    /// The most of the rounds.
    pub fn max(&self) -> f64 {
        self.sorted().last().copied().unwrap_or(f64::NAN)
    }

    fn sorted(&self) -> Vec<f64> {
        let mut values = self.values.clone();
        values.sort_by(f64::total_cmp);
        values
    }
}

/// `median (min..max)`.
impl fmt::Display for Rounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} ({:.2}..{:.2})", self.median(), self.min(), self.max())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_net_cost_is_taken_round_by_round() {
        let of = |values: &[f64]| Rounds::new("case", values.to_vec());
        let net = of(&[3.0, 10.0, 4.0]).net_of(&of(&[1.0, 9.0, 2.5]));
        assert_eq!(net.to_string(), "1.50 (1.00..2.00)");
        assert!(of(&[]).median().is_nan());
    }

    #[test]
    fn rounds_come_back_from_a_process() {
        let rounds =
            Rounds::parse("#[labeled] 1 &str, nested\t1.5 NaN 2").unwrap().expect("a line of rounds");
        assert_eq!(rounds.name(), "#[labeled] 1 &str, nested");
        assert!(rounds.values[1].is_nan() && rounds.values[2] > 1.9 && rounds.values.len() == 3);
        assert!(Rounds::parse("peer Go is not here").unwrap().is_none());
        let garbage = Rounds::parse("a case\t1.5 - 2").unwrap_err().to_string();
        assert!(garbage.contains("`-`") && garbage.contains("a case"), "{garbage}");
    }

    #[test]
    fn processes_have_the_same_cases_and_rounds() {
        let run = |name: &str, rounds: usize| Ok(vec![Rounds::new(name, vec![1.0; rounds])]);
        let all = put_together([run("one", 2), run("one", 2)]).unwrap();
        assert_eq!(shape(&all), [("one".to_owned(), 4)]);
        assert!(put_together([run("one", 2), run("one", 3)]).is_err());
        assert!(put_together([run("one", 2), run("two", 2)]).is_err());
        assert!(put_together([run("one", 2), Ok(Vec::new())]).is_err());
    }

    #[test]
    fn every_case_has_as_many_rounds() {
        let results = interleave(3, vec![Case::new("one", 2, || ()), Case::of_rounds("two", || 7.0)]);
        assert!(results[0].min() >= 0.0 && results[0].values.len() == 3);
        assert_eq!(results[1].to_string(), "7.00 (7.00..7.00)");
        assert_eq!(results[1].name(), "two");
    }
}
