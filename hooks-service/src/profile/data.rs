//! A finished profile, of whatever kind: samples with values, and what the values count.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::Stats;
pub(crate) use crate::code::Module;
use crate::code::symbols::{Frame, Symbols, lookup_addresses};
pub use crate::label::{Label, LabelValue};

/// The frame that stands for samples that could not be kept. Go's name would be `runtime._LostExternalCode`.
pub(crate) const LOST: &str = "lost samples";

/// What a sample without a label shows where others show its value.
pub(crate) const UNLABELLED: &str = "<unlabelled>";

/// What a value of each sample counts: `cpu` in `nanoseconds`, `inuse_space` in `bytes`. Go: `profile.ValueType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SampleType {
    /// What is counted.
    pub kind: &'static str,
    /// In which unit.
    pub unit: &'static str,
}

/// All samples with the same stack and labels.
///
/// ```no_run
/// # fn show(profile: &hooks_service::profile::Profile) {
/// for sample in profile.samples().iter().filter(|sample| sample.label("route").is_some()) {
///     print!("{} periods at {:#x}:", profile.weight(sample), sample.stack()[0]);
///     sample.labels().iter().for_each(|label| print!(" {}={}", label.key, label.value));
///     println!();
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Sample {
    /// Addresses, leaf first. The leaf is the exact program counter, all others are return addresses (look up `pc - 1`).
    pub(crate) stack: Arc<[u64]>,
    /// Labels in force, each key once.
    pub(crate) labels: Arc<[Label]>,
    /// As many as the profile has sample types.
    pub(crate) values: Box<[i64]>,
}

/// A finished profile: what to write, to look at, to narrow down. Go has it as a file only, `profile.Profile` of
/// `github.com/google/pprof`.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use std::time::Duration;
///
/// let profile = hooks_service::profile::cpu_for(Duration::from_millis(20))?;
/// assert_eq!((profile.clock(), profile.period()), ("cpu", Duration::from_millis(10)));
/// assert!(profile.duration() >= Duration::from_millis(20));
/// assert!(profile.total() >= profile.lost());
/// println!("taken at {:?}: {:#?}", profile.started(), profile.comments());
/// # }
/// # Ok::<(), hooks_service::profile::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Profile {
    /// One at least.
    pub(crate) sample_types: Vec<SampleType>,
    /// Which of them tables, folded stacks and flame graphs show.
    pub(crate) shown: usize,
    /// Which of them `go tool pprof` shows first.
    pub(crate) default_type: usize,
    pub(crate) samples: Vec<Sample>,
    pub(crate) modules: Vec<Module>,
    pub(crate) period_type: SampleType,
    /// In the unit of its type.
    pub(crate) period: i64,
    pub(crate) started: SystemTime,
    pub(crate) duration: Duration,
    /// The values of what could not be kept.
    pub(crate) lost: Vec<i64>,
    pub(crate) stats: Option<Stats>,
    pub(crate) comments: Vec<String>,
}

impl Profile {
    /// What was sampled, one entry for each different stack and set of labels. Free of cost.
    ///
    /// ```no_run
    /// # fn show(profile: &hooks_service::profile::Profile) {
    /// let stacks = profile.samples().len();
    /// let weight: u64 = profile.samples().iter().map(|sample| profile.weight(sample)).sum();
    /// println!("{weight} periods of {:?} in {stacks} different stacks", profile.period());
    /// # }
    /// ```
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// What the [values](Sample::values) of each sample count.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let profile = hooks_service::profile::cpu_for(std::time::Duration::from_millis(20))?;
    /// let kinds: Vec<_> = profile.sample_types().iter().map(|value| (value.kind, value.unit)).collect();
    /// assert_eq!(kinds, [("samples", "count"), ("cpu", "nanoseconds")]);
    /// # }
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    pub fn sample_types(&self) -> &[SampleType] {
        &self.sample_types
    }

    /// Which of the [sample types](Profile::sample_types) tables, folded stacks and flame graphs show, and what
    /// [weights](Profile::weight) and totals are of: `samples` of a CPU profile.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let profile = hooks_service::profile::cpu_for(std::time::Duration::from_millis(20))?;
    /// assert_eq!((profile.shown().kind, profile.shown().unit), ("samples", "count"));
    /// # }
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    pub fn shown(&self) -> SampleType {
        self.sample_types[self.shown]
    }

    /// What was seen but could not be kept, in the unit of what is [shown](Profile::shown): periods of a CPU profile. It
    /// counts in [`Profile::total`], and every output shows it as `lost samples`, as Go's does.
    ///
    /// Free of cost.
    ///
    /// ```no_run
    /// # fn check(profile: &hooks_service::profile::Profile) {
    /// if profile.lost() * 100 > profile.total() {
    ///     eprintln!("more than 1 % of the profile is missing: {} of {} periods", profile.lost(), profile.total());
    /// }
    /// # }
    /// ```
    pub fn lost(&self) -> u64 {
        self.lost.get(self.shown).map_or(0, |lost| positive(*lost))
    }

    /// The weights of all samples and of the lost ones: what percentages refer to.
    ///
    /// Cost: a step for each sample.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let profile = hooks_service::profile::cpu_for(std::time::Duration::from_millis(20))?;
    /// let kept: u64 = profile.samples().iter().map(|sample| profile.weight(sample)).sum();
    /// assert_eq!(profile.total(), kept + profile.lost());
    /// # }
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    pub fn total(&self) -> u64 {
        self.samples.iter().fold(self.lost(), |total, sample| total.saturating_add(self.weight(sample)))
    }

    /// What `sample` weighs: its value of what is [shown](Profile::shown). Of a CPU profile the periods of the clock that it
    /// stands for: a signal that the kernel delivered late counts for all of its periods.
    ///
    /// Free of cost.
    ///
    /// ```no_run
    /// # fn show(profile: &hooks_service::profile::Profile) {
    /// for sample in profile.samples() {
    ///     let share = 100.0 * profile.weight(sample) as f64 / profile.total() as f64;
    ///     println!("{:?} {share:.1} %", sample.label("route"));
    /// }
    /// # }
    /// ```
    pub fn weight(&self, sample: &Sample) -> u64 {
        sample.values.get(self.shown).map_or(0, |value| positive(*value))
    }

    /// The time that one period of the clock stands for.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use hooks_service::profile::CpuProfile;
    /// use std::time::Duration;
    ///
    /// let profile = CpuProfile::builder().frequency(100).start()?.stop()?;
    /// assert!(profile.period().abs_diff(Duration::from_millis(10)) < Duration::from_millis(1));
    /// # }
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    pub fn period(&self) -> Duration {
        let nanoseconds = if self.period_type.unit == "nanoseconds" { positive(self.period) } else { 0 };
        Duration::from_nanos(nanoseconds)
    }

    /// How far the time of `weight` periods may be off by chance: one standard deviation of what sampling finds. Two thirds
    /// of all rows are nearer to the truth than that, 19 of 20 nearer than twice that.
    ///
    /// For samples that are independent of each other, the square root of their number. Where the sampling frequency is above
    /// the kernel's and perf events are not allowed, several periods come at once and count as one sample.
    ///
    /// ```no_run
    /// # fn show(profile: &hooks_service::profile::Profile) {
    /// for row in profile.top_by_label("route").rows() {
    ///     let time = profile.period().as_secs_f64() * row.weight as f64;
    ///     println!("{:?} {time:.2} s ± {:.2} s", row.value, profile.standard_error(row.weight).as_secs_f64());
    /// }
    /// # }
    /// ```
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn standard_error(&self, weight: u64) -> Duration {
        let at_once = f64::from(self.stats.as_ref().map_or(1, |stats| stats.periods_at_once.max(1)));
        self.period().mul_f64((weight as f64 / at_once).sqrt() * at_once)
    }

    /// How long was sampled, by the wall clock.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// When sampling began.
    pub fn started(&self) -> SystemTime {
        self.started
    }

    /// `cpu` or `wall`: the clock that `period` is of.
    pub fn clock(&self) -> &str {
        self.period_type.kind
    }

    /// How it was taken, as numbers; `None` if it was not sampled by a clock.
    ///
    /// ```no_run
    /// # fn check(profile: &hooks_service::profile::Profile) {
    /// if let Some(stats) = profile.stats().filter(|stats| stats.lost.ring_full > 0) {
    ///     eprintln!("the profiler could not keep up: {stats:?}");
    /// }
    /// # }
    /// ```
    pub fn stats(&self) -> Option<&Stats> {
        self.stats.as_ref()
    }

    /// The same for people, and remarks of who took the profile: every output format with comments carries them on.
    pub fn comments(&self) -> &[String] {
        &self.comments
    }

    /// Names for all addresses of the profile. Opens files and takes milliseconds unless an earlier call did.
    pub(crate) fn symbols(&self) -> Symbols {
        let stacks = self.samples.iter().map(|sample| &*sample.stack);
        Symbols::resolve(&self.modules, stacks.flat_map(lookup_addresses))
    }
}

/// Values are sums of what was counted.
fn positive(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

impl Sample {
    /// The labels in force, each key once.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The value of the label `key`.
    pub fn label(&self, key: &str) -> Option<&LabelValue> {
        self.labels.iter().find(|label| *label.key == *key).map(|label| &label.value)
    }

    /// One value for each of the profile's [sample types](Profile::sample_types).
    pub fn values(&self) -> &[i64] {
        &self.values
    }

    /// Program counters, leaf first. All but the leaf are return addresses.
    pub fn stack(&self) -> &[u64] {
        &self.stack
    }

    /// The functions of the stack, leaf first, inlined calls included.
    pub(crate) fn functions<'a>(&'a self, symbols: &'a Symbols) -> impl Iterator<Item = &'a Frame> {
        lookup_addresses(&self.stack).flat_map(|address| symbols.frames(address))
    }
}
