//! Tasks for people.

use super::group::{TaskGroup, Tasks};
use crate::plain::{IN_A_LINE, Plain};
use crate::process::utc::Rounded;
use std::fmt::Write as _;
use std::io::{self, Write};

impl Tasks {
    /// Writes each group: how many, for how long, where, and which labels; then the annotated futures, innermost first.
    ///
    /// ```text
    /// tasks: 279950 waiting, at different places: 3
    ///
    /// 279412 tasks, oldest 31 min, at src/writer.rs:142, labels route=/pay 61 %, route=/orders 39 %:
    /// service::writer::append
    ///     src/writer.rs:142
    /// service::handlers::pay
    ///     src/handlers.rs:20
    /// ```
    ///
    /// # Errors
    /// What `writer` reports.
    pub fn write_text(&self, mut writer: impl Write) -> io::Result<()> {
        let places = self.groups.len();
        writeln!(writer, "\ntasks: {} waiting, at different places: {places}", self.total())?;
        if self.ungrouped > 0 {
            writeln!(
                writer,
                "{} more wait at other places: there are too many to be told apart",
                self.ungrouped
            )?;
        }
        if self.left_out > 0 {
            writeln!(writer, "{} futures are not among them: the table was full", self.left_out)?;
        }
        for group in &self.groups {
            write_group(&mut writer, group)?;
        }
        Ok(())
    }
}

fn write_group(writer: &mut impl Write, group: &TaskGroup) -> io::Result<()> {
    writeln!(writer, "\n{}:", about(group))?;
    for place in &group.places {
        writeln!(writer, "{place}")?;
        if let Some((file, line)) = place.line() {
            writeln!(writer, "\t{file}:{line}")?;
        }
    }
    if group.cut {
        writeln!(writer, "..more futures further out..")?;
    }
    Ok(())
}

fn about(group: &TaskGroup) -> String {
    let one = if group.count == 1 { "task" } else { "tasks" };
    let mut text = format!("{} {one}", group.count);
    if group.running > 0 {
        let _ = write!(text, ", {} running", group.running);
    }
    if group.running < group.count {
        let _ = write!(text, ", oldest {}", Rounded(group.oldest));
    }
    if let Some((file, line)) = group.places.iter().find_map(super::group::Place::line) {
        let _ = write!(text, ", at {file}:{line}");
    }
    for (index, share) in group.labels.iter().enumerate() {
        let percent = share.count * 100 / group.count.max(1);
        let before = if index == 0 { ", labels" } else { "," };
        let value = share.label.value.to_string();
        let (key, value) = (Plain(&share.label.key, IN_A_LINE), Plain(&value, IN_A_LINE));
        let _ = write!(text, "{before} {key}={value} {percent} %");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::{LabelShare, Place};
    use super::*;
    use crate::label::{Label, LabelValue};
    use std::panic::Location;
    use std::time::Duration;

    #[test]
    fn a_group_says_how_many_for_how_long_where_and_with_which_labels() {
        let here = Location::caller();
        let share = |value: &str, count| LabelShare {
            label: Label { key: "route".into(), value: LabelValue::Text(value.into()) },
            count,
        };
        let group = TaskGroup {
            count: 279_412,
            running: 0,
            oldest: Duration::from_secs(31 * 60),
            places: vec![Place::Labels, Place::Line(here)],
            cut: true,
            labels: vec![share("/pay", 171_000), share("GET /orders", 100_000)],
        };
        let tasks = Tasks { groups: vec![group], ungrouped: 5, left_out: 7 };
        let mut text = Vec::new();
        tasks.write_text(&mut text).unwrap();
        let (file, line) = (here.file(), here.line());
        let expected = format!(
            "\ntasks: 279417 waiting, at different places: 1\n\
             5 more wait at other places: there are too many to be told apart\n\
             7 futures are not among them: the table was full\n\n\
             279412 tasks, oldest 31 min, at {file}:{line}, labels route=/pay 61 %, route=GET /orders 35 %:\n\
             (labels)\nwatched\n\t{file}:{line}\n..more futures further out..\n"
        );
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
