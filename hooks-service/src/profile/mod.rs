//! CPU and wall-clock profiles with labels.
mod data;
mod folded;
mod pprof;
mod stacks;
mod top;

#[cfg(test)]
mod test_profile;

pub use data::{Label, LabelValue, Profile, Sample};
pub use top::{LabelRow, LabelTop, Top, TopRow};
