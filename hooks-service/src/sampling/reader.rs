//! Who gets the stacks that are taken, and what they get.

/// A stack that was taken, as a reader gets it.
pub(crate) struct TakenStack<'a> {
    /// When, by `CLOCK_MONOTONIC`, in nanoseconds.
    pub(crate) time: u64,
    /// Id of the thread.
    pub(crate) id: i32,
    /// Periods of the clock that it stands for.
    pub(crate) weight: u32,
    /// Program counters, leaf first.
    pub(crate) stack: &'a [u64],
    /// Encoded: see `decode_labels`.
    pub(crate) labels: &'a [u8],
    /// Name of the thread, `None` if it has none, or had ended when somebody asked.
    pub(crate) thread: Option<&'a str>,
    /// The stack reaches the thread's first function.
    pub(crate) complete: bool,
    /// Frames that the stack was cut at, if it was.
    pub(crate) cut_at: Option<usize>,
}

/// Who gets them. Called on the collector's thread, or on one that asks for what there is so far.
pub(crate) trait Reader: Send {
    fn add(&mut self, taken: &TakenStack<'_>);
}
