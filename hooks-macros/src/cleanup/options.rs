//! Options that both forms of `#[cleanup(..)]` have.

use super::advice::BACKGROUND;
use crate::options::{Argument, Runtime, Value, string};
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::LitStr;

/// On the cleanup thread, and what happens when its queue is full.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Background {
    Wait,
    Inline,
}

impl Background {
    pub(super) fn of(argument: &Argument) -> syn::Result<Self> {
        match text(argument).as_deref() {
            None if matches!(argument.value, Value::Bare) => Ok(Background::Wait),
            Some("wait") => Ok(Background::Wait),
            Some("inline") => Ok(Background::Inline),
            _ => Err(argument.fault(BACKGROUND)),
        }
    }

    pub(super) fn path(self, runtime: &Runtime) -> TokenStream {
        let mixed = Span::mixed_site();
        let private = runtime.private(mixed);
        match self {
            Background::Wait => quote_spanned!(mixed=> #private::WhenFull::Wait),
            Background::Inline => quote_spanned!(mixed=> #private::WhenFull::Inline),
        }
    }
}

/// The value of `key = "text"`.
pub(super) fn text(argument: &Argument) -> Option<String> {
    string(argument, "").ok().map(LitStr::value)
}
