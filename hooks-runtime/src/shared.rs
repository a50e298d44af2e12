//! What threads share: atomics and statics of `std` or, in a model, those of loom, which runs it in every order that the
//! memory model allows and has them anew for each.

#[cfg(all(test, loom))]
pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};
#[cfg(not(all(test, loom)))]
pub(crate) use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};

/// Statics. `each(value)` is an array of as many as its type says.
#[cfg(not(all(test, loom)))]
macro_rules! shared {
    () => {};
    ($(#[$about:meta])* static $name:ident: [$type:ty; $count:expr] = each($value:expr); $($rest:tt)*) => {
        $(#[$about])* static $name: [$type; $count] = [const { $value }; $count];
        shared! { $($rest)* }
    };
    ($(#[$about:meta])* static $name:ident: $type:ty = $value:expr; $($rest:tt)*) => {
        $(#[$about])* static $name: $type = $value;
        shared! { $($rest)* }
    };
}

#[cfg(all(test, loom))]
macro_rules! shared {
    () => {};
    ($(#[$about:meta])* static $name:ident: [$type:ty; $count:expr] = each($value:expr); $($rest:tt)*) => {
        loom::lazy_static! {
            $(#[$about])* static ref $name: [$type; $count] = std::array::from_fn(|_| $value);
        }
        shared! { $($rest)* }
    };
    ($(#[$about:meta])* static $name:ident: $type:ty = $value:expr; $($rest:tt)*) => {
        loom::lazy_static! { $(#[$about])* static ref $name: $type = $value; }
        shared! { $($rest)* }
    };
}

pub(crate) use shared;
