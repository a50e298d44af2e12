//! Measurements by profiler.

use crate::TURNS;
use crate::contender::{Contender, Load, Machine};
use measures::measure::Rounds;
use std::collections::BTreeMap;

pub(crate) struct Table<'contenders> {
    contenders: &'contenders [Contender],
    /// Values by row and name of the contender.
    values: BTreeMap<(String, &'static str), Vec<f64>>,
}

/// How a measurement is named in the table: `loaded 999 4`.
pub(crate) fn key(machine: Machine, arguments: &[&str]) -> String {
    match arguments {
        [single] => (*single).to_owned(),
        [_, parameters @ ..] => format!("{} {}", machine.name(), parameters.join(" ")),
        [] => String::new(),
    }
}

impl<'contenders> Table<'contenders> {
    pub(crate) fn new(contenders: &'contenders [Contender]) -> Self {
        Table { contenders, values: BTreeMap::new() }
    }

    /// Has all contenders measure in turn, and prints the rows.
    pub(crate) fn take_turns(&mut self, machine: Machine, arguments: &[&str]) -> Result<(), String> {
        let _load = (machine == Machine::Loaded).then(Load::start).transpose()?;
        let measurement = key(machine, arguments);
        for _ in 0..TURNS {
            for contender in self.contenders {
                let values = contender.measure(arguments).or_else(|cause| self.survive(contender, cause))?;
                for (name, value) in values {
                    let row = (format!("{measurement}.{name}"), contender.name);
                    self.values.entry(row).or_default().push(value);
                }
            }
        }
        self.print(&measurement);
        Ok(())
    }

    /// A peer that dies is said to; the rest is measured nonetheless.
    fn survive(&self, contender: &Contender, cause: String) -> Result<Vec<(String, f64)>, String> {
        if contender.name == self.contenders[0].name {
            return Err(cause);
        }
        println!("peer {} died: {}", contender.name, cause.trim());
        Ok(Vec::new())
    }

    /// Our median.
    ///
    /// # Panics
    /// Nothing of ours was measured under this name: a figure without a value would pass for one that fell short.
    pub(crate) fn ours(&self, row: &str) -> f64 {
        let values = self.values.get(&(row.to_owned(), self.contenders[0].name));
        let values = values.unwrap_or_else(|| panic!("no row {row} in the table"));
        Rounds::new(row, values.clone()).median()
    }

    fn print(&self, measurement: &str) {
        let prefix = format!("{measurement}.");
        for ((row, contender), values) in self.values.iter().filter(|((row, _), _)| row.starts_with(&prefix))
        {
            println!("{row:20} {contender:16} {}", Rounds::new(row, values.clone()));
        }
    }
}
