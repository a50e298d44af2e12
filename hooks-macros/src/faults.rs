//! What is wrong with a use: collected, and emitted beside the item as it was.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use std::panic::{AssertUnwindSafe, catch_unwind};
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

/// What `expand` makes of `item`, or else `item` untouched followed by the errors: whatever uses the fn still compiles,
/// so that the user reads about the real fault and not about a fn that has vanished, nor about an argument that only
/// the refused attribute used. A panic of ours is one more fault.
pub(crate) fn or_item(
    item: &TokenStream,
    expand: impl FnOnce(TokenStream) -> syn::Result<TokenStream>,
) -> TokenStream {
    let expanded = catch_unwind(AssertUnwindSafe(|| expand(item.clone())));
    expanded.unwrap_or_else(|panic| Err(of_panic(&*panic))).unwrap_or_else(|faults| {
        let errors = faults.into_compile_error();
        let allow = is_fn(item).then(|| quote_spanned!(Span::mixed_site()=> #[allow(unused_variables)]));
        quote!(#allow #item #errors)
    })
}

fn of_panic(panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    let advice =
        format!("this attribute failed on this item, which is a fault of hooks: please report it ({text})");
    Error::new(Span::call_site(), advice)
}

/// On a closure an attribute of ours would be one more error.
fn is_fn(item: &TokenStream) -> bool {
    item.clone().into_iter().any(|token| matches!(token, TokenTree::Ident(word) if word == "fn"))
}

#[cfg(test)]
mod tests {
    use quote::quote;

    #[test]
    fn a_panic_is_an_error_beside_the_fn() {
        let item = quote!(
            fn f(x: u32) {}
        );
        let emitted = super::or_item(&item, |_| panic!("no {}", "way")).to_string();
        let allowed = quote!(
            #[allow(unused_variables)]
            fn f(x: u32) {}
        )
        .to_string();
        assert!(emitted.starts_with(&allowed), "{emitted}");
        assert!(
            emitted.contains("compile_error") && emitted.contains("please report it (no way)"),
            "{emitted}"
        );
    }
}
