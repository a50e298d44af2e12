//! Attributes of the hooks project; use them through `hooks-runtime` and `hooks-service`.
//!
//! Tokens in, tokens out: each attribute parses the signature, leaves the body an opaque run of tokens, and emits
//! calls to ordinary functions of `hooks_runtime::__private`.

#![forbid(unsafe_code)]

mod advice;
mod args;
mod asyncness;
mod at_exit;
mod borrowed;
mod cleanup;
mod duration;
mod exit_scope;
mod fallback;
mod function;
mod future_block;
mod items;
mod keep_alive;
mod labeled;
mod lock_os_thread;
mod names;
mod nearest;
mod panic_on_fault;
mod patterns;
mod reborrowed;
mod returned_future;
mod runtime;
mod shadowed;
mod site;
mod taken;
mod temporaries;
mod tokens;
mod types;

use proc_macro::TokenStream;

// Documented where it is exported: the examples need `hooks_runtime`, which depends on this crate.
#[allow(missing_docs)]
#[proc_macro_attribute]
pub fn labeled(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = proc_macro2::TokenStream::from(item);
    fallback::or_item(labeled::expand(arguments.into(), item.clone()), &item).into()
}

#[allow(missing_docs)]
#[proc_macro_attribute]
pub fn at_exit(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = proc_macro2::TokenStream::from(item);
    fallback::or_item(at_exit::expand(arguments.into(), item.clone()), &item).into()
}

#[allow(missing_docs)]
#[proc_macro_attribute]
pub fn exit_scope(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = proc_macro2::TokenStream::from(item);
    fallback::or_item(exit_scope::expand(arguments.into(), item.clone()), &item).into()
}

#[allow(missing_docs)]
#[proc_macro_attribute]
pub fn cleanup(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = proc_macro2::TokenStream::from(item);
    fallback::or_item(cleanup::expand(arguments.into(), item.clone()), &item).into()
}

#[allow(missing_docs)]
#[proc_macro_attribute]
pub fn keep_alive(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = proc_macro2::TokenStream::from(item);
    fallback::or_item(keep_alive::expand(arguments.into(), item.clone()), &item).into()
}

/// Locks the fn to its OS thread: see `hooks_runtime::os_thread`.
#[proc_macro_attribute]
pub fn lock_os_thread(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = proc_macro2::TokenStream::from(item);
    fallback::or_item(lock_os_thread::expand(arguments.into(), item.clone()), &item).into()
}

#[allow(missing_docs)]
#[proc_macro_attribute]
pub fn panic_on_fault(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = proc_macro2::TokenStream::from(item);
    fallback::or_item(panic_on_fault::expand(arguments.into(), item.clone()), &item).into()
}

#[cfg(test)]
mod tests {
    mod args;
    mod pages;
    mod snapshots;
}
