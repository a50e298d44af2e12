//! Where it went, as tables: by function and by label.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::plain::Plain;

use super::amount::Amount;
use super::data::{LOST, Profile, UNLABELLED};
use super::group::THREAD;

/// The functions that took most of a profile; [`Display`](fmt::Display) prints them as a table like
/// `go tool pprof -top`.
///
/// ```no_run
/// # fn show(profile: &hooks_service::profile::Profile) {
/// let top = profile.top(3);
/// for row in top.rows() {
///     println!("{} took {} of {} periods", row.function, row.flat, top.total());
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Top {
    rows: Vec<TopRow>,
    total: u64,
    amount: Amount,
}

/// One function of a [`Top`]. [Weights](Profile::weight) are periods of a CPU profile, bytes of a profile that shows bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopRow {
    /// The function's name, or `lost samples`.
    pub function: String,
    /// Weight of the samples taken in the function itself.
    pub flat: u64,
    /// Weight of the samples taken in it or in what it called. A sample counts once, however deep the recursion.
    pub cumulative: u64,
}

/// What each value of a label took; [`Display`](fmt::Display) prints a table.
#[derive(Clone, Debug)]
pub struct LabelTop {
    key: String,
    rows: Vec<LabelRow>,
    total: u64,
    amount: Amount,
}

/// One value of a [`LabelTop`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelRow {
    /// The value, a number with its unit; `None` for the samples without this label, lost ones included.
    pub value: Option<String>,
    /// [Weight](Profile::weight) of its samples.
    pub weight: u64,
}

/// Where a label is missing, by thread and by function; [`Display`](fmt::Display) prints both tables, the percentages of the
/// whole profile.
#[derive(Clone, Debug)]
pub struct Unlabelled {
    key: String,
    weight: u64,
    threads: LabelTop,
    functions: Top,
}

impl Profile {
    /// The samples without the label `key`, by thread and by function: which worker or spawned task lost it. What should be
    /// nobody's is there too, such as a server's own reading and writing. Lost samples are not.
    ///
    /// ```no_run
    /// # fn check(profile: &hooks_service::profile::Profile) {
    /// let unlabelled = profile.unlabelled("route");
    /// if unlabelled.weight() * 20 > profile.total() {
    ///     eprintln!("more than 5 % have no route:\n{unlabelled}");
    /// }
    /// # }
    /// ```
    ///
    /// Resolves names: see [`Profile::write_pprof`] for the cost.
    pub fn unlabelled(&self, key: &str) -> Unlabelled {
        let samples = self.samples.iter().filter(|sample| sample.label(key).is_none());
        let rest = self.part(samples.cloned().collect(), String::new());
        let (total, weight) = (self.total(), rest.total());
        Unlabelled {
            key: key.to_owned(),
            weight,
            threads: LabelTop { total, ..rest.top_by_label(THREAD) },
            functions: Top { total, ..rest.top(10) },
        }
    }

    /// The `n` functions with the most samples of their own, inlined calls counted as functions.
    ///
    /// Resolves names: see [`Profile::write_pprof`] for the cost.
    ///
    /// ```no_run
    /// # fn show(profile: &hooks_service::profile::Profile) {
    /// println!("{}", profile.top(20));
    /// # }
    /// ```
    pub fn top(&self, n: usize) -> Top {
        let mut rows = self.functions();
        rows.sort_by(|a, b| (b.flat, b.cumulative, &a.function).cmp(&(a.flat, a.cumulative, &b.function)));
        rows.truncate(n);
        Top { rows, total: self.total(), amount: self.amount() }
    }

    /// What each value of the label `key` took, the dearest first. The rows add up to [`Profile::total`].
    ///
    /// ```no_run
    /// # fn show(profile: &hooks_service::profile::Profile) {
    /// println!("{}", profile.top_by_label("route"));
    /// # }
    /// ```
    pub fn top_by_label(&self, key: &str) -> LabelTop {
        let mut weights: HashMap<Option<String>, u64> = HashMap::new();
        let labelled = self
            .samples
            .iter()
            .map(|sample| (sample.label(key).map(ToString::to_string), self.weight(sample)));
        for (value, weight) in labelled.chain((self.lost() > 0).then_some((None, self.lost()))) {
            add(weights.entry(value).or_default(), weight);
        }
        let mut rows: Vec<_> =
            weights.into_iter().map(|(value, weight)| LabelRow { value, weight }).collect();
        rows.sort_by(|a, b| (b.weight, &a.value).cmp(&(a.weight, &b.value)));
        LabelTop { key: key.to_owned(), rows, total: self.total(), amount: self.amount() }
    }

    fn functions(&self) -> Vec<TopRow> {
        let symbols = self.symbols();
        let mut weights: HashMap<&str, (u64, u64)> = HashMap::new();
        for sample in &self.samples {
            let (weight, mut seen) = (self.weight(sample), HashSet::new());
            for (depth, frame) in sample.functions(&symbols).enumerate() {
                let (flat, cumulative) = weights.entry(&frame.function).or_default();
                add(flat, if depth == 0 { weight } else { 0 });
                add(cumulative, if seen.insert(&frame.function) { weight } else { 0 });
            }
        }
        if self.lost() > 0 {
            weights.insert(LOST, (self.lost(), self.lost()));
        }
        let row = |(function, (flat, cumulative)): (&str, _)| TopRow {
            function: function.into(),
            flat,
            cumulative,
        };
        weights.into_iter().map(row).collect()
    }
}

fn add(sum: &mut u64, weight: u64) {
    *sum = sum.saturating_add(weight);
}

impl Top {
    /// The functions, the dearest first.
    pub fn rows(&self) -> &[TopRow] {
        &self.rows
    }

    /// The profile's weight, that of the functions not shown included.
    pub fn total(&self) -> u64 {
        self.total
    }
}

impl LabelTop {
    /// The values, the dearest first.
    pub fn rows(&self) -> &[LabelRow] {
        &self.rows
    }

    /// The profile's weight: the sum of all rows.
    pub fn total(&self) -> u64 {
        self.total
    }
}

impl Unlabelled {
    /// [Weight](Profile::weight) of all samples without the label, lost ones left out.
    pub fn weight(&self) -> u64 {
        self.weight
    }

    /// The same by thread.
    pub fn threads(&self) -> &[LabelRow] {
        &self.threads.rows
    }

    /// The ten functions that have most of it.
    pub fn functions(&self) -> &[TopRow] {
        &self.functions.rows
    }
}

impl fmt::Display for Unlabelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = Share(self.weight, self.threads.total, self.threads.amount);
        writeln!(f, "{share}  without {}", Plain(&self.key, &[]))?;
        write!(f, "{}{}", self.threads, self.functions)
    }
}

impl fmt::Display for Top {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.amount.kind;
        writeln!(f, "{:>10} {:>6} {:>10} {:>6}  {kind} by function", "flat", "flat%", "cum", "cum%")?;
        for row in &self.rows {
            let share = |weight| Share(weight, self.total, self.amount);
            let (flat, cumulative) = (share(row.flat), share(row.cumulative));
            // Of a library it is what that states.
            writeln!(f, "{flat} {cumulative}  {}", Plain(&row.function, &[]))?;
        }
        Ok(())
    }
}

impl fmt::Display for LabelTop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>10} {:>6}  {} by {}", "sum", "sum%", self.amount.kind, Plain(&self.key, &[]))?;
        for row in &self.rows {
            let share = Share(row.weight, self.total, self.amount);
            match &row.value {
                // Values come from outside: none is to look like a row of ours.
                Some(value) => writeln!(f, "{share}  {}", Plain(value, &['<']))?,
                None => writeln!(f, "{share}  {UNLABELLED}")?,
            }
        }
        Ok(())
    }
}

/// A weight, the total it is a part of, and what it is of: printed as amount and percent in fixed columns.
struct Share(u64, u64, Amount);

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Share(weight, total, amount) = *self;
        write!(f, "{:>10} {:>5.1}%", amount.text(weight), percent(weight, total))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few digits are printed")]
pub(crate) fn percent(weight: u64, total: u64) -> f64 {
    if total > 0 { 100.0 * weight as f64 / total as f64 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Stats;
    use crate::profile::test_profile::{busy, caller, heap, profile, return_to, text};
    use std::time::Duration;

    fn row(top: &Top, function: &str) -> TopRow {
        let found = top.rows().iter().find(|row| row.function.ends_with(function));
        found.unwrap_or_else(|| panic!("no {function} in {:#?}", top.rows())).clone()
    }

    #[test]
    fn own_time_goes_to_the_innermost_inlined_call() {
        let top = profile().top(10);
        let numbers = |function| (row(&top, function).flat, row(&top, function).cumulative);
        assert_eq!(numbers("::here"), (70, 70));
        assert_eq!(numbers("::inlined"), (0, 70));
        assert_eq!(numbers("::busy"), (0, 70));
        assert_eq!(numbers("::idle"), (27, 27));
        assert_eq!(numbers("::caller"), (0, 97));
        assert_eq!(numbers("lost samples"), (3, 3));
        assert_eq!(top.total(), 100);
        assert_eq!(top.rows()[0], row(&top, "::here"));
        assert_eq!(profile().top(2).rows().len(), 2);
    }

    #[test]
    fn recursion_counts_once() {
        let mut profile = profile();
        profile.samples.truncate(1);
        let frame = return_to(caller);
        profile.samples[0].stack = [busy(), frame, frame, frame].into();
        let weight = profile.weight(&profile.samples[0]);
        assert_eq!(row(&profile.top(10), "::caller").cumulative, weight);
    }

    #[test]
    fn labels_add_up_with_the_unlabelled_rest() {
        let top = profile().top_by_label("route");
        let row = |value: Option<&str>, weight| LabelRow { value: value.map(str::to_owned), weight };
        assert_eq!(top.rows(), [row(Some("/orders"), 50), row(Some("/users"), 47), row(None, 3)]);
        let numbers = profile().top_by_label("req_bytes");
        assert_eq!(numbers.rows()[0], row(Some("2048 bytes"), 50));
    }

    #[test]
    fn what_has_no_label_is_shown_by_thread_and_function_as_a_part_of_the_whole() {
        let mut profile = profile();
        profile.samples[0].labels = [text("thread", "worker")].into();
        profile.samples[1].labels = [text("tenant", "acme")].into();
        let unlabelled = profile.unlabelled("route");
        assert_eq!((unlabelled.weight(), unlabelled.functions()[0].flat), (70, 70));
        let row = |value: Option<&str>, weight| LabelRow { value: value.map(str::to_owned), weight };
        assert_eq!(unlabelled.threads(), [row(Some("worker"), 50), row(None, 20)]);
        let table = unlabelled.to_string();
        let mut lines = table.lines();
        assert_eq!(lines.next(), Some("     0.70s  70.0%  without route"));
        assert_eq!(lines.nth(1), Some("     0.50s  50.0%  worker"));
        assert!(lines.any(|line| line.starts_with("     0.70s  70.0%      0.70s  70.0%  ")), "{table}");
        assert!(!table.contains("::idle") && !table.contains("lost samples"), "{table}");
        let none = self::profile().unlabelled("route");
        assert_eq!((none.weight(), none.threads().len(), none.functions().len()), (0, 0, 0));
    }

    #[test]
    fn values_forge_no_rows_and_command_no_terminal() {
        let mut profile = profile();
        let hostile = ["/a\n     9.99s  99.9%  /forged", "\u{1b}[31m/red", "<unlabelled>"];
        for (sample, value) in profile.samples.iter_mut().zip(hostile) {
            sample.labels = [text("route", value)].into();
        }
        let table = profile.top_by_label("route").to_string();
        let rows: Vec<_> = table.lines().skip(1).map(|line| &line[19..]).collect();
        let shown = [
            r#""/a\n     9.99s  99.9%  /forged""#,
            r#""<unlabelled>""#,
            r#""\u{1b}[31m/red""#,
            "<unlabelled>",
        ];
        assert_eq!(rows, shown);
        let comment = profile.filter("route", hostile[0]).comments().last().unwrap().clone();
        assert_eq!(comment, r#"only samples with route="/a\n     9.99s  99.9%  /forged""#);
    }

    #[test]
    fn names_of_functions_command_no_terminal() {
        let row = |function: &str| TopRow { function: function.to_owned(), flat: 1, cumulative: 1 };
        let names =
            ["<a::B<'_> as c::D>::e::{{closure}}", "\u{1b}]0;mine\u{7}", "f\n     9.99s  99.9%  forged"];
        let top = Top { rows: names.map(row).into(), total: 3, amount: profile().amount() };
        let shown: Vec<_> = top.to_string().lines().skip(1).map(|line| line[37..].to_owned()).collect();
        assert_eq!(shown, [names[0], r#""\u{1b}]0;mine\u{7}""#, r#""f\n     9.99s  99.9%  forged""#]);
    }

    #[test]
    fn chance_is_the_square_root_of_the_samples() {
        let mut profile = profile();
        assert_eq!(profile.standard_error(25), 5 * profile.period());
        assert_eq!(profile.standard_error(0), Duration::ZERO);
        profile.stats = Some(Stats { periods_at_once: 4, ..Stats::default() });
        assert_eq!(profile.standard_error(100), 20 * profile.period(), "25 samples of 4 periods each");
    }

    #[test]
    fn tables_align() {
        let expected = "       sum   sum%  cpu by route\n     0.50s  50.0%  /orders\n     0.47s  47.0%  /users\n     0.03s   3.0%  <unlabelled>\n";
        assert_eq!(profile().top_by_label("route").to_string(), expected);
        let top = profile().top(10).to_string();
        let mut lines = top.lines();
        assert_eq!(lines.next(), Some("      flat  flat%        cum   cum%  cpu by function"));
        assert_eq!(
            lines.next(),
            Some("     0.70s  70.0%      0.70s  70.0%  hooks_service::code::symbols::test_support::here")
        );
        let empty = profile().filter("route", "/nowhere").top(5).to_string();
        assert_eq!(empty.lines().count(), 1);
    }

    #[test]
    fn names_and_amounts_are_those_of_the_shown_type() {
        let mut heap = heap();
        assert_eq!((heap.total(), heap.shown().kind), (3 << 20, "inuse_space"));
        let text = |heap: &Profile| format!("{}{}", heap.top(1), heap.top_by_label("route"));
        let space = text(&heap);
        assert!(
            space.starts_with(
                "      flat  flat%        cum   cum%  inuse_space by function\n    2.00MB  66.7%"
            )
        );
        assert!(
            space.ends_with("       sum   sum%  inuse_space by route\n    3.00MB 100.0%  /orders\n"),
            "{space}"
        );
        heap.shown = 0;
        assert_eq!((heap.total(), heap.weight(&heap.samples[0])), (6, 4));
        let objects = text(&heap);
        assert!(objects.contains("alloc_objects by function\n         4  66.7%"), "{objects}");
        assert!(objects.ends_with("alloc_objects by route\n         6 100.0%  /orders\n"), "{objects}");
    }
}
