//! Fields that a struct's cleanup takes.

use std::fmt;
use std::ops::{Deref, DerefMut};

/// A field that `#[cleanup(.., args(field))]` can hand over while the rest of the struct is still to be dropped.
///
/// `Copy` types are: a raw fd, a pointer, an index. Everything else goes in [`Owned`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` would be handed to the cleanup and then dropped with the struct",
    label = "dropped a second time",
    note = "make the field a `hooks_runtime::cleanup::Owned<{Self}>`, which is handed over once"
)]
pub trait Argument {
    /// What the cleanup gets.
    type Value;
    /// Called once, by the expansion.
    #[doc(hidden)]
    fn take(&mut self) -> Self::Value;
}

impl<T: Copy> Argument for T {
    type Value = T;
    #[inline]
    fn take(&mut self) -> T {
        *self
    }
}

/// A value that a struct owns until its cleanup takes it.
///
/// ```
/// use hooks_runtime::cleanup::{self, Owned};
/// use std::fs::File;
///
/// #[hooks_runtime::cleanup(close = sync, args(file))]
/// struct Journal {
///     file: Owned<File>,
/// }
///
/// fn sync(file: File) -> std::io::Result<()> {
///     file.sync_all()
/// }
///
/// # let path = std::env::temp_dir().join(format!("journal-{}", std::process::id()));
/// let journal = Journal { file: File::create(&path)?.into() };
/// journal.file.set_len(10)?; // it derefs to the `File`
/// journal.close()?;
/// # std::fs::remove_file(path)?;
/// # std::io::Result::Ok(())
/// ```
pub struct Owned<T>(Option<T>);

const TAKEN: &str = "only the cleanup takes the value, and nothing of the struct is reachable after that";

impl<T> Owned<T> {
    /// Owns `value`.
    pub const fn new(value: T) -> Self {
        Owned(Some(value))
    }

    /// The value.
    ///
    /// # Panics
    ///
    /// Never, unless the hidden part of [`Argument`] was called by hand.
    pub fn into_inner(self) -> T {
        self.0.expect(TAKEN)
    }
}

impl<T> From<T> for Owned<T> {
    fn from(value: T) -> Self {
        Owned::new(value)
    }
}

impl<T> Deref for Owned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.0.as_ref().expect(TAKEN)
    }
}

impl<T> DerefMut for Owned<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect(TAKEN)
    }
}

impl<T> Argument for Owned<T> {
    type Value = T;
    fn take(&mut self) -> T {
        self.0.take().expect(TAKEN)
    }
}

impl<T: fmt::Debug> fmt::Debug for Owned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("(taken)"),
        }
    }
}
