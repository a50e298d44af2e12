// Documented where it is declared, by docs/profile.md.
//
// In: stacks with labels and values, from whoever takes them, into a `Table`. Out: a `Profile` of any number of sample types,
// that can be narrowed down and written: for `go tool pprof`, as tables, folded stacks and flame graphs. Each kind of profile is
// thin: `cpu` reads the sampler. From `code` come names, from `process` whole files. Nothing here knows what a dump is.
mod amount;
#[cfg(feature = "profile")]
pub mod cpu;
mod data;
mod file;
pub(crate) mod folded;
mod group;
#[cfg_attr(not(sampler), allow(dead_code, reason = "there is nothing to add up"))]
mod label_sets;
pub(crate) mod pprof;
mod svg;
mod table;
mod top;

#[cfg(test)]
pub(crate) mod test_profile;

pub use crate::sampling::{Clock, Lost, Missed, Source, Stats};
#[cfg(feature = "profile")]
pub use crate::sampling::{Error as SamplerError, FRAMES, FREQUENCIES};
#[cfg(feature = "profile")]
pub use cpu::{Continuous, CpuProfile, CpuProfileBuilder, Error, Recording, cpu_for};
pub use data::{Label, LabelValue, Profile, Sample, SampleType};
pub use file::WriteError;
pub use top::{LabelRow, LabelTop, Top, TopRow, Unlabelled};

#[cfg(feature = "profile")]
#[doc(hidden)]
pub use cpu::{in_handler, sample_now};
