//! Parts of a profile: the samples of one label value, of one thread.

use std::collections::HashMap;

use crate::plain::Plain;

use super::data::{Label, LabelValue, Profile, Sample};

/// The label that names the thread of each sample.
pub(crate) const THREAD: &str = "thread";

impl Profile {
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
        let samples = self.samples.iter().filter(|sample| sample.labels.iter().any(wanted));
        self.part(samples.cloned().collect(), with_label(key, value))
    }

    /// One profile for each value of the label `key`, the heaviest first; that of the samples without it is `None`'s. Lost
    /// samples are nobody's and stay behind.
    ///
    /// Cost: a copy of the samples; stacks and labels are shared.
    ///
    /// ```no_run
    /// # fn show(profile: &hooks_service::profile::Profile) {
    /// for (route, profile) in profile.group_by("route") {
    ///     let route = route.map_or("(no route)".to_owned(), |route| route.to_string());
    ///     println!("{route}\n{}", profile.top(3));
    /// }
    /// # }
    /// ```
    pub fn group_by(&self, key: &str) -> Vec<(Option<LabelValue>, Profile)> {
        let mut groups = HashMap::<Option<&LabelValue>, Vec<Sample>>::new();
        for sample in &self.samples {
            groups.entry(sample.label(key)).or_default().push(sample.clone());
        }
        let named = |value: Option<&LabelValue>| match value {
            Some(value) => with_label(key, &value.to_string()),
            None => format!("only samples without {}", Plain(key, &[])),
        };
        let part =
            |(value, samples): (Option<&LabelValue>, _)| (value.cloned(), self.part(samples, named(value)));
        let mut parts: Vec<_> = groups.into_iter().map(part).collect();
        parts.sort_by(|(a, left), (b, right)| right.total().cmp(&left.total()).then_with(|| a.cmp(b)));
        parts
    }

    /// One profile for each name of a thread, the heaviest first: short for `group_by("thread")`. Threads of a pool often
    /// have the same name.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let profile = hooks_service::profile::cpu_for(std::time::Duration::from_millis(50))?;
    /// for (thread, profile) in profile.group_by_thread() {
    ///     println!("{thread:?}: {} periods", profile.total());
    /// }
    /// # }
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    ///
    /// Go has no names for goroutines.
    pub fn group_by_thread(&self) -> Vec<(Option<LabelValue>, Profile)> {
        self.group_by(THREAD)
    }

    pub(super) fn part(&self, samples: Vec<Sample>, comment: String) -> Profile {
        let mut comments = self.comments.clone();
        comments.push(comment);
        Profile {
            samples,
            comments,
            lost: vec![0; self.lost.len()],
            sample_types: self.sample_types.clone(),
            modules: self.modules.clone(),
            stats: self.stats.clone(),
            ..*self
        }
    }
}

fn with_label(key: &str, value: &str) -> String {
    format!("only samples with {}={}", Plain(key, &[]), Plain(value, &[]))
}

#[cfg(test)]
mod tests {
    use crate::profile::test_profile::profile;

    #[test]
    fn a_filtered_profile_is_the_profile_of_one_value() {
        let orders = profile().filter("route", "/orders");
        assert_eq!((orders.total(), orders.lost()), (50, 0));
        assert_eq!(orders.top(1).rows()[0].flat, 50);
        assert_eq!(profile().filter("req_bytes", "2048").total(), 50);
        assert_eq!(profile().filter("route", "/nowhere").total(), 0);
    }

    #[test]
    fn groups_are_the_parts_and_the_rest() {
        let groups = profile().group_by("tenant");
        let found: Vec<_> = groups
            .iter()
            .map(|(value, part)| (value.as_ref().map(ToString::to_string), part.total(), part.lost()))
            .collect();
        assert_eq!(found, [(Some("acme".to_owned()), 50, 0), (None, 47, 0)]);
        assert_eq!(groups[1].1.comments().last().unwrap(), "only samples without tenant");
    }
}
