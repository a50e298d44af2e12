//! Processor time of the commands that have ended: on a busy machine it says more than the clock on the wall.

use std::time::Duration;

/// Linux counts in hundredths of a second for `/proc`, whatever its own tick.
const TICKS_A_SECOND: u64 = 100;

/// User and system time of all children so far; zero where there is no `/proc`.
pub(crate) fn of_children() -> Duration {
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    Duration::from_millis(children_ticks(&status).unwrap_or(0) * 1000 / TICKS_A_SECOND)
}

/// Fields 16 and 17, counted from 1. The second field is the program's name in parentheses and may hold spaces.
fn children_ticks(status: &str) -> Option<u64> {
    let after_name = status.rsplit_once(')')?.1;
    let mut fields = after_name.split_whitespace().skip(13).map(str::parse::<u64>);
    Some(fields.next()?.ok()? + fields.next()?.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_name_with_spaces_does_not_shift_the_fields() {
        let status = "7 (a) b) S 1 7 7 0 -1 4194304 100 2000 0 0 11 12 130 14 20 0 1 0 500 1000 200";
        assert_eq!(children_ticks(status), Some(144));
        assert_eq!(children_ticks(""), None);
    }

    #[test]
    fn a_child_that_burns_time_is_counted() {
        let before = of_children();
        let mut burn = std::process::Command::new("sh");
        burn.args(["-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"]);
        burn.status().unwrap();
        assert!(of_children() > before);
    }
}
