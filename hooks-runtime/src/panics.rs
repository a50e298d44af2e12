//! What a caught panic says.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls `call`, whose panic ends here.
pub(crate) fn contain(call: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(call)).map_err(discard);
}

/// A payload of the user's own may panic once more when dropped.
fn discard(payload: Box<dyn Any + Send>) {
    let _ = catch_unwind(AssertUnwindSafe(|| drop(payload))).map_err(std::mem::forget);
}

/// The message of a panic, whose payload ends here.
pub fn message(payload: Box<dyn Any + Send>) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    discard(payload);
    text.unwrap_or_else(|| "(no text)".to_owned())
}
