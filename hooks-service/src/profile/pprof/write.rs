//! A profile in the format of `go tool pprof`.

use std::io::{self, Write};

use super::{Encoder, Header, LabelRules, Line, Locations, gzipped, nanoseconds, since_1970};
use crate::code::symbols::Symbols;

use crate::profile::data::LOST;
use crate::profile::data::{Profile, Sample, SampleType};

/// What a profile without names says of itself.
const RAW: &str =
    "addresses without names: go tool pprof of Go 1.20 or later looks them up where the binaries are";

impl Profile {
    /// Writes the profile for `go tool pprof`: gzipped `profile.proto` with functions, lines, inlined calls and
    /// labels. What Go's `pprof.StartCPUProfile(w)` leaves in `w`.
    ///
    /// The viewer needs neither the binary nor its debug information. Numbers are labels with a unit there
    /// (`-tagfocus=req_bytes=1kb:4kb`), other values are text (`-tagfocus=route=/orders`). The format has its own
    /// rules, so
    /// - a key that begins with the reserved `pprof::` is written as `label::..`;
    /// - a key that has text in one sample and a number in another is text in all;
    /// - an empty text is written as `""`, because without one it could not be told from no label.
    ///
    /// Lost samples are a sample of the function `lost samples`; what could not be named says a comment (`-comments`).
    ///
    /// ```no_run
    /// # fn save(profile: &hooks_service::profile::Profile) -> std::io::Result<()> {
    /// profile.write_pprof(std::fs::File::create("cpu.pb.gz")?)
    /// # }
    /// ```
    ///
    /// # Cost
    /// The first dump of a program reads its debug information: 30 ms for 14 MiB of it. Later ones take 1 ms for
    /// addresses seen before and some 4 ms with new ones, because names are kept, and what was parsed;
    /// how much of both, and what is read anew, says the page of [`capture`](mod@crate::capture#what-is-kept). [`Profile::write_pprof_raw`] needs
    /// none of this.
    ///
    /// # Errors
    /// What `writer` reports. Names that cannot be had are no error.
    pub fn write_pprof(&self, writer: impl Write) -> io::Result<()> {
        self.write_gzip(writer, Some(&self.symbols()))
    }

    /// Writes the profile without names: addresses, and the path and build id of each file, for `go tool pprof` to find
    /// the names where the binaries are. For huge binaries and hosts without debug information; opens no file. The viewer of
    /// Go 1.20 and later: before, it is off by the place of a program's code in its first page, and names functions nearby.
    ///
    /// Go writes such profiles for what it cannot name itself, C code for instance.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let profile = hooks_service::profile::cpu_for(std::time::Duration::from_millis(20))?;
    /// let mut bytes = Vec::new();
    /// profile.write_pprof_raw(&mut bytes)?;
    /// assert!(bytes.starts_with(&[0x1f, 0x8b]), "gzip");
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Cost
    /// Some 3 ms for two thousand distinct stacks; nothing is kept.
    ///
    /// # Errors
    /// What `writer` reports.
    pub fn write_pprof_raw(&self, writer: impl Write) -> io::Result<()> {
        self.write_gzip(writer, None)
    }

    fn write_gzip(&self, writer: impl Write, symbols: Option<&Symbols>) -> io::Result<()> {
        gzipped(writer, |gzip| self.encode(gzip, symbols))
    }

    fn encode<W: Write>(&self, writer: W, symbols: Option<&Symbols>) -> io::Result<W> {
        let mut encoder = Encoder::new(writer, &self.header())?;
        let raw = [RAW.to_owned()];
        self.write_comments(&mut encoder, symbols.map_or(&raw[..], Symbols::warnings))?;
        let rules = LabelRules::new(self.samples.iter().flat_map(|sample| sample.labels.iter()));
        let mut locations = Locations::new(&self.modules, symbols);
        for sample in &self.samples {
            write_sample(&mut encoder, &mut locations, &rules, sample)?;
        }
        locations.mappings(&mut encoder)?;
        self.write_lost(&mut encoder)?;
        encoder.finish()
    }

    pub(super) fn header(&self) -> Header<'_> {
        Header {
            sample_types: &self.sample_types,
            default_sample_type: self.sample_types.get(self.default_type).map_or("", |value| value.kind),
            period_type: self.period_type,
            period: self.period,
            time_nanos: since_1970(self.started),
            duration_nanos: nanoseconds(self.duration),
        }
    }

    fn write_comments<W: Write>(&self, encoder: &mut Encoder<W>, warnings: &[String]) -> io::Result<()> {
        self.comments.iter().chain(warnings).try_for_each(|comment| encoder.comment(comment))
    }

    fn write_lost<W: Write>(&self, encoder: &mut Encoder<W>) -> io::Result<()> {
        if self.lost.iter().all(|lost| *lost == 0) {
            return Ok(());
        }
        if self.lost() > 0 {
            let SampleType { kind, unit } = self.shown();
            let what = if unit == "count" { kind.to_owned() } else { format!("{unit} of {kind}") };
            encoder.comment(&format!("{} of {} {what} could not be kept", self.lost(), self.total()))?;
        }
        let place = encoder.location(0, 0, [Line { function: LOST, symbol: LOST, file: "", number: 0 }])?;
        encoder.sample(&[place], &self.lost, [])
    }
}

fn write_sample<W: Write>(
    encoder: &mut Encoder<W>,
    locations: &mut Locations,
    rules: &LabelRules,
    sample: &Sample,
) -> io::Result<()> {
    let stack = locations.stack(encoder, &sample.stack)?;
    let labels: Vec<_> = sample.labels.iter().map(|label| rules.encode(label)).collect();
    encoder.sample(&stack, &sample.values, labels.iter().map(|label| (&*label.key, label.field())))
}
