//! What the sampler hands to the writers.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub(crate) use crate::code::Module;
pub use crate::label::{Label, LabelValue};

/// All samples with the same stack and labels.
///
/// ```no_run
/// # fn show(profile: &hooks_service::profile::Profile) {
/// for sample in profile.samples().iter().filter(|sample| sample.label("route").is_some()) {
///     print!("{} periods at {:#x}:", sample.weight(), sample.stack()[0]);
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
    /// In periods of the clock: a sample that the kernel delivered late counts for all the periods it stands for.
    pub(crate) weight: u64,
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
    pub(crate) samples: Vec<Sample>,
    pub(crate) modules: Vec<Module>,
    /// `"cpu"` or `"wall"`.
    pub(crate) clock: &'static str,
    pub(crate) period: Duration,
    pub(crate) started: SystemTime,
    pub(crate) duration: Duration,
    /// Periods that one signal brought.
    pub(crate) periods_at_once: u32,
    /// Weight of what was sampled but could not be kept.
    pub(crate) lost: u64,
    pub(crate) comments: Vec<String>,
}

impl Profile {
    /// What was sampled, one entry for each different stack and set of labels. Free of cost.
    ///
    /// ```no_run
    /// # fn show(profile: &hooks_service::profile::Profile) {
    /// let stacks = profile.samples().len();
    /// let weight: u64 = profile.samples().iter().map(|sample| sample.weight()).sum();
    /// println!("{weight} periods of {:?} in {stacks} different stacks", profile.period());
    /// # }
    /// ```
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// How many periods were sampled but could not be kept. They count in [`Profile::total`], and every output shows
    /// them as `lost samples`, as Go's does.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// All periods sampled, the lost ones included: what percentages refer to.
    pub fn total(&self) -> u64 {
        self.samples.iter().fold(self.lost, |total, sample| total.saturating_add(sample.weight))
    }

    /// The time that one period of the clock stands for.
    pub fn period(&self) -> Duration {
        self.period
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
        let samples = weight as f64 / f64::from(self.periods_at_once.max(1));
        self.period.mul_f64(samples.sqrt() * f64::from(self.periods_at_once.max(1)))
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
        self.clock
    }

    /// Remarks of the sampler that every output format with comments carries on.
    pub fn comments(&self) -> &[String] {
        &self.comments
    }

    /// Only the samples whose label `key` has the value `value`: one route's profile. Lost samples are nobody's and
    /// stay behind.
    ///
    /// A number is matched without its unit. What `-tagfocus=key=value` is to `go tool pprof`. Cost: a copy of these
    /// samples; stacks and labels are shared.
    ///
    /// ```no_run
    /// # fn show(profile: &hooks_service::profile::Profile) {
    /// println!("{}", profile.filter("route", "/orders").top(10));
    /// # }
    /// ```
    #[must_use]
    pub fn filter(&self, key: &str, value: &str) -> Profile {
        let wanted = |label: &Label| *label.key == *key && label.value.is(value);
        let samples =
            self.samples.iter().filter(|sample| sample.labels.iter().any(wanted)).cloned().collect();
        let mut comments = self.comments.clone();
        comments.push(format!("only samples with {key}={value}"));
        Profile { samples, modules: self.modules.clone(), comments, lost: 0, ..*self }
    }
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

    /// How many periods of the clock these samples stand for.
    pub fn weight(&self) -> u64 {
        self.weight
    }

    /// Program counters, leaf first. All but the leaf are return addresses.
    pub fn stack(&self) -> &[u64] {
        &self.stack
    }
}
