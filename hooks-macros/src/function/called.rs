//! The annotated fn with its body in a closure that is called once, where it stands.
//!
//! ```text
//! Input:   fn f(x: u32) -> u32 { BODY }
//! Output:  fn f(x: u32) -> u32 {
//!              static __SITE ..;
//!              FUNCTION(VALUES, || -> u32 { BODY }, MORE)
//!          }
//! ```

use super::{Function, ours_at};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

/// `function(values, closure, more)`.
pub(crate) struct Called {
    pub(crate) function: TokenStream,
    pub(crate) values: TokenStream,
    pub(crate) more: Option<TokenStream>,
}

impl Function {
    /// A sync fn with its body called by `called`.
    pub(crate) fn expand_called(&self, site: &TokenStream, called: &Called) -> TokenStream {
        let Called { function, values, more } = called;
        let more = more.as_ref().map(|more| quote!(, #more));
        let block = self.brace(self.body.clone());
        let ty = if self.never_returns() { quote!(!) } else { self.declared_type() };
        let closure = quote_spanned!(Span::mixed_site()=> || -> #ty #block);
        let call = quote_spanned!(ours_at(self.output_span())=> #function(#values, #closure #more));
        self.with_body(&quote!(#site #call))
    }
}
