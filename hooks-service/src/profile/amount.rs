//! What weights are of, and how they are printed.

use super::data::{Profile, SampleType};

/// The name and unit of a profile's weights, in print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    /// What is counted: `cpu`, `inuse_space`.
    pub(crate) kind: &'static str,
    unit: Unit,
}

#[derive(Clone, Copy, Debug)]
enum Unit {
    /// So many seconds.
    Time(f64),
    Bytes,
    Count,
    Other(&'static str),
}

impl Profile {
    /// What is shown. A number of samples by a clock is shown as the time that they stand for.
    pub(crate) fn amount(&self) -> Amount {
        let (SampleType { kind, unit }, period) = (self.shown(), self.period());
        match (kind, unit) {
            ("samples", "count") if !period.is_zero() => {
                Amount { kind: self.period_type.kind, unit: Unit::Time(period.as_secs_f64()) }
            }
            _ => Amount { kind, unit: Unit::of(unit) },
        }
    }
}

impl Unit {
    fn of(name: &'static str) -> Self {
        match name {
            "nanoseconds" => Self::Time(1e-9),
            "microseconds" => Self::Time(1e-6),
            "milliseconds" => Self::Time(1e-3),
            "seconds" => Self::Time(1.0),
            "bytes" => Self::Bytes,
            "count" => Self::Count,
            other => Self::Other(other),
        }
    }
}

impl Amount {
    /// A weight with its unit: `0.50s`, `2.00MB`, `17`.
    #[expect(clippy::cast_precision_loss, reason = "two decimals are printed")]
    pub(crate) fn text(self, weight: u64) -> String {
        const KIB: f64 = 1024.0;
        let number = weight as f64;
        match self.unit {
            Unit::Time(seconds) => format!("{:.2}s", number * seconds),
            Unit::Count => weight.to_string(),
            Unit::Other(unit) => format!("{weight} {unit}"),
            Unit::Bytes if number < KIB => format!("{weight}B"),
            Unit::Bytes if number < KIB * KIB => format!("{:.2}kB", number / KIB),
            Unit::Bytes if number < KIB * KIB * KIB => format!("{:.2}MB", number / KIB / KIB),
            Unit::Bytes => format!("{:.2}GB", number / KIB / KIB / KIB),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_is_printed_as_its_own() {
        let texts = |unit, weights: [u64; 4]| {
            weights.map(|weight| Amount { kind: "", unit: Unit::of(unit) }.text(weight))
        };
        assert_eq!(texts("bytes", [0, 1023, 1024, 1 << 30]), ["0B", "1023B", "1.00kB", "1.00GB"]);
        assert_eq!(texts("milliseconds", [0, 10, 1500, 60_000]), ["0.00s", "0.01s", "1.50s", "60.00s"]);
        assert_eq!(texts("count", [0, 1, 1024, 1_000_000]), ["0", "1", "1024", "1000000"]);
        assert_eq!(texts("pages", [0, 1, 2, 3]), ["0 pages", "1 pages", "2 pages", "3 pages"]);
    }
}
