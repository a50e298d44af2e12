//! What a framework does: it re-exports the runtime, and its macros annotate their user's fns.

pub mod private {
    //! For expansions.
    pub use hooks_runtime;
}

/// The attribute as it is: its user has to say `crate = ::facade::private::hooks_runtime`.
pub use hooks_runtime::labeled;
pub use hooks_runtime::labels::Labels;

/// It wants a reason of itself, and asks for the feature: of its users it wants none.
#[hooks_runtime::strict::lock_os_thread(reason = "what it calls keeps its state per thread")]
pub fn locked() -> bool {
    hooks_runtime::os_thread::LockedThread::current().is_some()
}

/// Writes a handler with its route as a label.
#[macro_export]
macro_rules! handler {
    ($(#[$meta:meta])* fn $name:ident($($argument:ident: $ty:ty),*) -> $output:ty $body:block) => {
        $(#[$meta])*
        #[$crate::labeled(route = stringify!($name), $($argument,)* crate = $crate::private::hooks_runtime)]
        fn $name($($argument: $ty),*) -> $output $body
    };
}
