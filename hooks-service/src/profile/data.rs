//! What the sampler hands to the writers.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The value of a [`Label`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LabelValue {
    /// Text.
    Text(Box<str>),
    /// A number and its unit (`""`: none).
    Number {
        /// The number.
        value: i64,
        /// The unit, such as `bytes`.
        unit: Box<str>,
    },
}

/// One label of a sample.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// The key, `route` for instance.
    pub key: Box<str>,
    /// The value.
    pub value: LabelValue,
}

/// All samples with the same stack, labels and thread name.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Addresses, leaf first. The leaf is the exact program counter, all others are return addresses (look up `pc - 1`).
    pub(crate) stack: Arc<[u64]>,
    /// Labels in force, each key once.
    pub(crate) labels: Arc<[Label]>,
    /// In periods of the clock: a sample that the kernel delivered late counts for all the periods it stands for.
    pub(crate) weight: u64,
}

/// An executable mapping, as it was while samples were taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Module {
    /// Address range of the executable segment.
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Offset in the file of `start`.
    pub(crate) file_offset: u64,
    /// Load bias: address - bias = address in the ELF file.
    pub(crate) bias: u64,
    /// Path of the file, `[vdso]` for the kernel's.
    pub(crate) path: Box<str>,
    /// GNU build id, lower-case hex, empty if there is none.
    pub(crate) build_id: Box<str>,
}

/// A finished profile.
#[derive(Clone, Debug)]
pub struct Profile {
    pub(crate) samples: Vec<Sample>,
    pub(crate) modules: Vec<Module>,
    /// `"cpu"` or `"wall"`.
    pub(crate) clock: &'static str,
    pub(crate) period: Duration,
    pub(crate) started: SystemTime,
    pub(crate) duration: Duration,
    /// Weight of what was sampled but could not be kept.
    pub(crate) lost: u64,
    pub(crate) comments: Vec<String>,
}
