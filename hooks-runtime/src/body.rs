//! What expansions put round a body, or into it, for the compiler.

/// Calls it: all of its `return`s and `?`s end here, where its value is looked at.
///
/// The bound makes the closure an `FnOnce` to the compiler, which may give out what it borrows mutably.
#[inline]
pub fn call_once<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// What an async block would return, in a branch that is never taken: so it knows the declared type.
#[must_use]
pub fn of_type<T>() -> T {
    unreachable!("the branch is never taken")
}
