//! Callers, and the labels that were in force with them.

use super::callers::Callers;
use super::here;
use super::label_bytes::{LabelBytes, decode_labels};
use crate::label::Label;
use crate::plain::{IN_A_LINE, Plain};
use hooks_runtime::labels::observe;
use std::fmt;

/// Room for keys and values, in bytes.
const ROOM: usize = 480;

/// [`Callers`] with the labels in force, from [`Callers::here_with_labels`]. 800 bytes: box it in an error.
pub struct LabelledCallers {
    callers: Callers,
    labels: LabelBytes<ROOM>,
    left_out: u32,
}

impl Callers {
    /// As [`here`](Self::here), with the labels in force, to be told with them.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use hooks_service::capture::Callers;
    ///
    /// let labels = hooks_runtime::labels! { "route" => "/orders" };
    /// let labelled = labels.scope(|| Callers::here_with_labels());
    /// assert!(labelled.to_string().starts_with("labels: route=/orders\n"));
    /// # }
    /// ```
    ///
    /// # Cost
    /// That of [`here`](Self::here), and some 10 ns a label.
    #[expect(clippy::inline_always, reason = "see `here::stay`")]
    #[inline(always)]
    #[must_use]
    pub fn here_with_labels() -> LabelledCallers {
        let labelled = LabelledCallers::new(&Self::walked());
        here::stay();
        labelled
    }
}

impl LabelledCallers {
    fn new(callers: &Callers) -> Self {
        let mut labels = LabelBytes::default();
        let mut left_out = 0;
        let too_deep = observe::visit(&mut |key, value| left_out += u32::from(!labels.push(key, value)));
        Self { callers: *callers, labels, left_out: left_out + too_deep }
    }

    /// The callers.
    pub fn callers(&self) -> &Callers {
        &self.callers
    }

    /// The labels that were in force, sorted by key.
    pub fn labels(&self) -> Vec<Label> {
        decode_labels(self.labels.bytes())
    }

    /// Labels that found no room: keys and values together have 480 bytes, of which each label takes five to ten more.
    pub fn labels_left_out(&self) -> u32 {
        self.left_out
    }
}

/// The labels in a line, `route=/orders, tenant=acme`, if there are any; then the callers.
impl fmt::Display for LabelledCallers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Label { key, value }) in self.labels().iter().enumerate() {
            let (before, value) = (if index == 0 { "labels: " } else { ", " }, value.to_string());
            write!(f, "{before}{}={}", Plain(key, IN_A_LINE), Plain(&value, IN_A_LINE))?;
        }
        if self.labels.bytes().is_empty() { Ok(()) } else { writeln!(f) }?;
        self.callers.fmt(f)
    }
}

impl fmt::Debug for LabelledCallers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { callers, left_out, .. } = self;
        let mut text = f.debug_struct("LabelledCallers");
        text.field("callers", callers).field("labels", &self.labels()).field("left_out", left_out).finish()
    }
}
