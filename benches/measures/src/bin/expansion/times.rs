//! Times of several subjects in interleaved rounds, as ratios to the plain one.

use crate::subject::{FNS, Owner, SUBJECTS};
use std::time::Duration;

/// Seconds of each subject, round by round.
pub(crate) struct Times {
    seconds: [Vec<f64>; SUBJECTS.len()],
}

/// One subject beside its plain crate.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) best: f64,
    median: f64,
    worst: f64,
    /// Best to the plain crate's best.
    pub(crate) ratio: f64,
    median_ratio: f64,
    milliseconds_a_fn: f64,
}

impl Times {
    pub(crate) fn new() -> Self {
        Times { seconds: Default::default() }
    }

    pub(crate) fn add(&mut self, subject: usize, time: Duration) {
        self.seconds[subject].push(time.as_secs_f64());
    }

    /// In the order of [`SUBJECTS`].
    pub(crate) fn rows(&self) -> Vec<Row> {
        let mut plain = (0.0, 0.0);
        let rows = SUBJECTS.iter().zip(&self.seconds).map(|(subject, seconds)| {
            let sorted = sorted(seconds);
            let (best, median) = (sorted[0], sorted[sorted.len() / 2]);
            if subject.owner == Owner::Nobody {
                plain = (best, median);
            }
            Row {
                best,
                median,
                worst: sorted[sorted.len() - 1],
                ratio: best / plain.0,
                median_ratio: median / plain.1,
                milliseconds_a_fn: (best - plain.0) * 1e3 / f64::from(u32::try_from(FNS).unwrap_or(u32::MAX)),
            }
        });
        rows.collect()
    }
}

fn sorted(seconds: &[f64]) -> Vec<f64> {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Prints the rows under `title`.
pub(crate) fn print(title: &str, rows: &[Row]) {
    println!("\n{title}");
    println!(
        "  {:22} {:>7} {:>7} {:>7}   {:>11} {:>13} {:>8}",
        "", "best s", "median", "worst", "best/plain", "median/plain", "ms a fn"
    );
    for (subject, row) in SUBJECTS.iter().zip(rows) {
        println!(
            "  {:22} {:7.2} {:7.2} {:7.2}   {:>11} {:>13} {:8.2}",
            subject.name,
            row.best,
            row.median,
            row.worst,
            format!("x{:.2}", row.ratio),
            format!("x{:.2}", row.median_ratio),
            row.milliseconds_a_fn,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_to_the_plain_crate_of_the_same_arguments() {
        let mut times = Times::new();
        for (index, subject) in SUBJECTS.iter().enumerate() {
            let factor = if subject.owner == Owner::Nobody { 1 } else { 3 };
            for round in [2, 1, 4] {
                times.add(index, Duration::from_secs(factor * round * (1 + index as u64 / 5)));
            }
        }
        for (subject, row) in SUBJECTS.iter().zip(times.rows()) {
            let expected = if subject.owner == Owner::Nobody { 1.0 } else { 3.0 };
            assert!((row.ratio - expected).abs() < 1e-9 && (row.median_ratio - expected).abs() < 1e-9);
            assert!(row.best < row.median && row.median < row.worst);
        }
    }
}
