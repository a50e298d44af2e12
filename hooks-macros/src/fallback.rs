//! What is emitted when something is wrong: the item as it was, and every fault found.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::Error;

/// Collects faults, so that one run of the compiler reports them all.
#[derive(Default)]
pub(crate) struct Faults(Option<Error>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Error) {
        match &mut self.0 {
            Some(faults) => faults.combine(fault),
            none => *none = Some(fault),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The value of `result`, or `None` with its fault noted.
    pub(crate) fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|fault| self.add(fault)).ok()
    }

    pub(crate) fn into_result(self) -> syn::Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

/// `expanded`, or else `item` untouched followed by the errors: whatever uses the fn still compiles, so that the
/// user reads about the real fault and not about a fn that has vanished, nor about an argument that only the refused
/// attribute used.
pub(crate) fn or_item(expanded: syn::Result<TokenStream>, item: &TokenStream) -> TokenStream {
    expanded.unwrap_or_else(|faults| {
        let errors = faults.into_compile_error();
        let allow = is_fn(item).then(|| quote_spanned!(Span::mixed_site()=> #[allow(unused_variables)]));
        quote!(#allow #item #errors)
    })
}

/// On a closure an attribute of ours would be one more error.
fn is_fn(item: &TokenStream) -> bool {
    item.clone().into_iter().any(|token| matches!(token, TokenTree::Ident(word) if word == "fn"))
}
