//! A figure and its goal, on one line that `cargo xtask bench` picks out.

use std::fmt;

/// What a figure is to reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
}

/// Something measured: `figure labels.scope_str 0.4 ns goal <=1 met`.
#[derive(Clone, Debug)]
pub struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    goal: Goal,
}

impl Figure {
    /// A figure. `unit` has no blank in it.
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str, goal: Goal) -> Self {
        Figure { name: name.into(), value, unit, goal }
    }

    /// Whether the goal is reached. A value that is not a number reaches none.
    pub fn is_met(&self) -> bool {
        match self.goal {
            Goal::AtMost(most) => self.value <= most,
            Goal::AtLeast(least) => self.value >= least,
        }
    }

    /// Prints the line.
    pub fn print(&self) {
        println!("{self}");
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Goal::AtMost(most) => write!(f, "<={most}"),
            Goal::AtLeast(least) => write!(f, ">={least}"),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figure { name, value, unit, goal } = self;
        let verdict = if self.is_met() { "met" } else { "short" };
        write!(f, "figure {name} {value:.2} {unit} goal {goal} {verdict}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_whether_the_goal_is_met() {
        let line = |value, goal| Figure::new("labels.scope_str", value, "ns", goal).to_string();
        assert_eq!(line(0.4, Goal::AtMost(1.0)), "figure labels.scope_str 0.40 ns goal <=1 met");
        assert_eq!(line(1.2, Goal::AtMost(1.0)), "figure labels.scope_str 1.20 ns goal <=1 short");
        assert_eq!(line(99.0, Goal::AtLeast(99.0)), "figure labels.scope_str 99.00 ns goal >=99 met");
        assert!(line(f64::NAN, Goal::AtLeast(0.0)).ends_with(" short"));
    }
}
