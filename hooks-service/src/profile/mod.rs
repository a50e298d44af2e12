//! CPU and wall-clock profiles with labels.
mod data;
pub use data::{Label, LabelValue, Profile, Sample};
