//! The line before each run's reports: which process, when, which build.

use crate::symbols::Module;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// The line for this process, started now.
pub(super) fn line(modules: &[Module]) -> String {
    let build_id = modules.iter().find(|module| module.is_executable()).map(|module| &*module.build_id);
    let build_id = build_id.filter(|id| !id.is_empty()).unwrap_or("none");
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("unknown"));
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (process, time) = (std::process::id(), timestamp(seconds));
    format!(
        "\n=== crash output of process {process}, {time}, build id {build_id}, {} ===\n",
        program.display()
    )
}

/// Seconds since 1970 as `2026-11-21T13:32:57Z`.
fn timestamp(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", second % 60)
}

/// Year, month and day of a day counted from 1970-01-01, by eras of 400 years that start in March.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + carry, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00Z");
        assert_eq!(timestamp(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(timestamp(1_709_251_199), "2024-02-29T23:59:59Z");
        assert_eq!(timestamp(4_107_542_400), "2100-03-01T00:00:00Z");
    }
}
