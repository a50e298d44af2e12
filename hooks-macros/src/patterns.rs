//! Arguments that are patterns, seen before an async fn takes them apart inside its future.

use crate::asyncness::{self, argument_name, is_name};
use crate::names::bound_names;
use crate::tokens::{changed, regrouped};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{FnArg, Signature};

/// A value outside of the future that names a part of a pattern, one of `used`, sees it by reference.
pub(crate) fn open(signature: &Signature, used: &[Ident]) -> TokenStream {
    let mut opened = TokenStream::new();
    for (index, argument) in signature.inputs.iter().enumerate() {
        let FnArg::Typed(argument) = argument else { continue };
        let names = bound_names(&argument.pat);
        if !is_name(&argument.pat) && names.iter().any(|name| used.contains(name)) {
            let name = argument_name(index);
            let pattern = without_modes(argument.pat.to_token_stream());
            let cfg = asyncness::configuration(argument);
            opened.extend(
                quote_spanned!(Span::mixed_site()=> #cfg #[allow(unused_variables)] let #pattern = &#name;),
            );
        }
    }
    opened
}

/// `(mut a, ref b)` -> `(a, b)`: matched against a reference, a pattern may not say how it binds.
fn without_modes(tokens: TokenStream) -> TokenStream {
    changed(tokens, &mut |token| match token {
        TokenTree::Ident(name) if name == "mut" || name == "ref" => None,
        TokenTree::Group(group) => Some(regrouped(&group, without_modes)),
        token => Some(token),
    })
}
