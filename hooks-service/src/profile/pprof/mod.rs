//! `profile.proto`, the format of `go tool pprof`, written by hand.
//!
//! In: a [`Profile`](super::Profile) with names or without, or another's samples, as a dump's. Out: gzipped bytes. [`write`] goes
//! through the profile, [`locations`] and [`labels`] turn stacks and labels into what the format has; the [`encoder`] knows the
//! format, in messages of the [`wire`], and nothing of any kind of profile.

mod encoder;
mod labels;
mod locations;
mod wire;
mod write;

#[cfg(test)]
mod tests;

use std::io::{self, BufWriter, IntoInnerError, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flate2::Compression;
use flate2::write::GzEncoder;

#[cfg(test)]
pub(crate) use encoder::Mapping;
pub(crate) use encoder::{Encoder, Header, Line};
pub(crate) use labels::LabelRules;
pub(crate) use locations::Locations;

/// What [`gzipped`] gives to its closure.
pub(crate) type Gzip<W> = BufWriter<GzEncoder<W>>;

/// Compresses what `encode` writes; it gives the writer back.
pub(crate) fn gzipped<W: Write>(
    writer: W,
    encode: impl FnOnce(Gzip<W>) -> io::Result<Gzip<W>>,
) -> io::Result<()> {
    // Each field is a small write; the compressor wants large ones.
    let gzip = BufWriter::with_capacity(64 * 1024, GzEncoder::new(writer, Compression::fast()));
    let gzip = encode(gzip)?.into_inner().map_err(IntoInnerError::into_error)?;
    gzip.finish()?.flush()
}

/// As the format has time.
pub(crate) fn nanoseconds(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

/// As the format has dates.
pub(crate) fn since_1970(time: SystemTime) -> i64 {
    nanoseconds(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}
