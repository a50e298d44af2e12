//! Folded stacks: the text that flame graph tools read.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::code::symbols::Symbols;

use super::data::{LOST, Profile, Sample, UNLABELLED};

impl Profile {
    /// Writes one line for each different stack: `main;handler;hash 42`, root first, and its [weight](Profile::weight): periods of a CPU profile.
    ///
    /// Inlined calls are frames of their own. In names, `;` becomes `:` and a line break a space, because the format
    /// has no escapes. Lost samples are the line `lost samples 3`. `inferno-flamegraph`, `flamegraph.pl` and
    /// speedscope read this; Go's profiles become it by `pprof -raw` and a script. Cost: that of the names, see
    /// [`Profile::write_pprof`].
    ///
    /// ```no_run
    /// # fn save(profile: &hooks_service::profile::Profile) -> std::io::Result<()> {
    /// profile.write_folded(std::fs::File::create("cpu.folded")?)
    /// # }
    /// ```
    ///
    /// # Errors
    /// What `writer` reports.
    pub fn write_folded(&self, writer: impl Write) -> io::Result<()> {
        self.write_folded_by(&[], writer)
    }

    /// Like [`Profile::write_folded`], with the values of the labels `keys` as the outermost frames, so that the
    /// graph has one tower for each value: `route=/orders;main;handler 42`. Samples without the label stand under
    /// `route=<unlabelled>`. What `-tagroot=route` is to `go tool pprof`.
    ///
    /// Cost: that of the names, see [`Profile::write_pprof`].
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let profile = hooks_service::profile::cpu_for(std::time::Duration::from_millis(20))?;
    /// let mut text = Vec::new();
    /// profile.write_folded_by(&["route", "tenant"], &mut text)?;
    /// assert!(String::from_utf8(text)?.lines().all(|line| line.starts_with("route=") || line.starts_with("lost")));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What `writer` reports.
    pub fn write_folded_by(&self, keys: &[&str], writer: impl Write) -> io::Result<()> {
        let mut writer = io::BufWriter::new(writer);
        for (stack, weight) in self.folded(keys) {
            writeln!(writer, "{stack} {weight}")?;
        }
        writer.flush()
    }

    /// Each stack with its weight, in the order of the alphabet.
    pub(super) fn folded(&self, keys: &[&str]) -> BTreeMap<String, u64> {
        let symbols = self.symbols();
        let mut stacks = BTreeMap::new();
        for sample in &self.samples {
            let weight = stacks.entry(fold(sample, keys, &symbols)).or_insert(0_u64);
            *weight = weight.saturating_add(self.weight(sample));
        }
        if self.lost() > 0 {
            stacks.insert(LOST.to_owned(), self.lost());
        }
        stacks
    }
}

fn fold(sample: &Sample, keys: &[&str], symbols: &Symbols) -> String {
    let mut frames: Vec<String> = sample.functions(symbols).map(|frame| escape(&frame.function)).collect();
    frames.extend(keys.iter().rev().map(|key| {
        let value = sample.label(key).map_or_else(|| UNLABELLED.to_owned(), ToString::to_string);
        escape(&format!("{key}={value}"))
    }));
    frames.reverse();
    frames.join(";")
}

/// A name as it may stand there: `;` becomes `:` and a line break a space, because the format has no escapes.
pub(crate) fn escape(name: &str) -> String {
    let escaped = |character: char| match character {
        ';' => ':',
        character if character.is_control() => ' ',
        character => character,
    };
    name.chars().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use crate::profile::data::{LabelValue, Profile};
    use crate::profile::test_profile::{busy, heap, label, profile};

    fn folded(profile: &Profile, keys: &[&str]) -> Vec<String> {
        let mut text = Vec::new();
        profile.write_folded_by(keys, &mut text).unwrap();
        String::from_utf8(text).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn one_line_a_stack_root_first_with_inlined_calls() {
        let lines = folded(&profile(), &[]);
        let names = "hooks_service::profile::test_profile::caller;hooks_service::profile::test_profile::busy;\
                     hooks_service::profile::test_profile::inlined;hooks_service::code::symbols::test_support::here";
        assert!(lines.contains(&format!("{names} 70")), "{lines:#?}");
        assert!(lines.contains(&"lost samples 3".to_owned()), "{lines:#?}");
        assert_eq!(lines.len(), 3, "two routes share a stack: {lines:#?}");
    }

    #[test]
    fn weights_are_those_of_the_shown_type() {
        let mut heap = heap();
        heap.lost[3] = 512;
        let weights = |heap: &Profile| {
            folded(heap, &[])
                .iter()
                .filter_map(|line| line.rsplit(' ').next()?.parse().ok())
                .collect::<Vec<u64>>()
        };
        assert_eq!(weights(&heap), [2 << 20, 1 << 20, 512]);
        heap.shown = 2;
        assert_eq!(weights(&heap), [2, 1]);
    }

    #[test]
    fn labels_become_the_outermost_frames() {
        let lines = folded(&profile(), &["route", "tenant"]);
        let starts = |start: &str| lines.iter().any(|line| line.starts_with(start));
        assert!(starts("route=/orders;tenant=acme;hooks_service::"), "{lines:#?}");
        assert!(starts("route=/users;tenant=<unlabelled>;hooks_service::"), "{lines:#?}");
    }

    #[test]
    fn separators_in_values_do_not_split_frames_or_lines() {
        let mut profile = profile();
        profile.samples.truncate(1);
        let value = LabelValue::Text("a;b\nc\rd".into());
        profile.samples[0].labels = [label("route", value)].into();
        profile.samples[0].stack = [busy()].into();
        profile.lost = vec![0; 2];
        let lines = folded(&profile, &["route"]);
        assert_eq!(lines.len(), 1, "{lines:#?}");
        assert!(lines[0].starts_with("route=a:b c d;hooks_service::"), "{lines:#?}");
    }
}
