//! The measurements of a CPU profiler, the same for ours and its peers.
//!
//! Each runs in a process of its own, `PROGRAM MEASUREMENT ARGUMENT..`, and prints `NAME VALUE` lines.

mod accuracy;
mod load;
mod resources;
mod sample;

use std::process::ExitCode;
use std::time::Duration;

/// A profiler under test.
pub trait Profiler: Sized {
    /// Starts sampling the processor time of all threads.
    fn start(hz: u32) -> Self;
    /// What a thread does first, where the profiler has a call for that.
    fn thread_started() {}
    /// Samples the calling thread now; if `empty`, only delivers the signal. False: it cannot be done.
    fn sample_now(&self, empty: bool) -> bool;
    /// What was sampled so far, in the format that the profiler's users take.
    fn dump(&self) -> Vec<u8>;
    /// Stops.
    fn stop(self) -> Seen;
}

/// A finished profile.
#[derive(Debug)]
pub struct Seen {
    /// Each stack, root first, with its number of periods.
    pub stacks: Vec<(Vec<String>, u64)>,
    /// What a period stands for.
    pub period: Duration,
    /// All periods, the lost ones included.
    pub total: u64,
}

impl Seen {
    /// Percentage of all periods whose stack is `wanted`.
    fn percentage(&self, wanted: impl Fn(&[String]) -> bool) -> f64 {
        let found = self.stacks.iter().filter(|(stack, _)| wanted(stack)).map(|(_, weight)| weight).sum();
        ratio(found, self.total) * 100.0
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "periods of some seconds")]
    let ratio = part as f64 / whole as f64;
    ratio
}

/// Whether the last segment of a function's path is `name`.
fn is_called(frame: &str, name: &str) -> bool {
    frame.split('<').next().and_then(|path| path.rsplit("::").next()) == Some(name)
        || frame.rsplit("::").nth(1) == Some(name) && frame.rsplit("::").next().is_some_and(is_hash)
}

/// `h0123456789abcdef`, the end of an old mangled name.
fn is_hash(segment: &str) -> bool {
    segment.len() == 17 && segment.starts_with('h')
}

/// The measurement that the command line names.
pub fn measure<P: Profiler>(arguments: &[String]) -> ExitCode {
    let number = |index: usize| arguments.get(index).and_then(|text| text.parse::<u32>().ok());
    match (arguments.first().map(String::as_str), number(1), number(2)) {
        (Some("sample"), _, _) => sample::measure::<P>(),
        (Some("capture"), Some(hz), Some(threads)) => accuracy::capture::<P>(hz, threads),
        (Some("split"), _, _) => accuracy::split::<P>(),
        (Some("short"), _, _) => accuracy::short::<P>(),
        (Some("reach"), _, _) => accuracy::reach::<P>(),
        (Some("resources"), _, _) => resources::measure::<P>(),
        (Some("spin"), Some(threads), _) => load::spin_for_ever(threads),
        _ => {
            eprintln!("no such measurement: {arguments:?}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_known_by_their_last_segment() {
        assert!(is_called("measures::profiler::hot", "hot") && is_called("hot", "hot"));
        assert!(is_called("measures::hot::h0123456789abcdef", "hot"));
        assert!(is_called("measures::hot<u32>", "hot"));
        assert!(!is_called("measures::hot::inner", "hot") && !is_called("shot", "hot"));
    }
}
