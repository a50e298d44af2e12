//! Attributes of the hooks project; use them through `hooks-runtime` and `hooks-service`.
//!
//! Tokens in, tokens out: each attribute parses the signature, leaves the body an opaque run of tokens, and emits
//! calls to ordinary functions of `hooks_runtime::__private`.
//!
//! ```text
//! table       every attribute, once
//! attribute   what all of them do: parse, refuse, cover, expand
//! labeled, ..  what is one's own: its arguments, and the `Wrap` that it puts round a body
//! wrap        what is emitted round a body; the labels by which attributes on one fn know each other
//! function    the annotated fn: signature, arguments, output, what of it is covered
//! options     the arguments of attributes
//! unwinding   what is refused, or warned of, where a panic aborts
//! configuration  the `cfg`s and lints of arguments and fields
//! ```

#![forbid(unsafe_code)]

#[macro_use]
mod table;

mod at_exit;
mod attribute;
mod capture;
mod cleanup;
mod configuration;
mod exit_scope;
mod faults;
mod function;
mod keep_alive;
mod labeled;
mod lock_os_thread;
mod options;
mod panic_on_fault;
mod region;
mod site;
mod task;
mod tokens;
mod unwinding;
mod wrap;

use attribute::Attribute;
use proc_macro::TokenStream;

macro_rules! entries {
    ($($name:ident $attribute:ident;)*) => {$(
        // Documented where it is exported: the examples need `hooks_runtime`, which depends on this crate.
        #[allow(missing_docs)]
        #[proc_macro_attribute]
        pub fn $name(arguments: TokenStream, item: TokenStream) -> TokenStream {
            faults::or_item(&item.into(), |item| $name::$attribute::expand(arguments.into(), item)).into()
        }
    )*};
}
attributes!(entries);

/// `hooks_service::capture`.
#[proc_macro_attribute]
pub fn capture(arguments: TokenStream, item: TokenStream) -> TokenStream {
    faults::or_item(&item.into(), |item| capture::Capture::expand(arguments.into(), item)).into()
}

/// `hooks_runtime::strict::lock_os_thread`. An attribute and no feature: that would be every crate's in the program.
#[proc_macro_attribute]
pub fn lock_os_thread_with_reason(arguments: TokenStream, item: TokenStream) -> TokenStream {
    faults::or_item(&item.into(), |item| lock_os_thread::with_reason(arguments.into(), item)).into()
}

#[cfg(test)]
mod tests {
    mod args;
    mod pages;
    mod snapshots;
    mod table;
}
