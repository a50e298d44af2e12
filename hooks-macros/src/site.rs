//! The record of the use: one `static` of one literal in a link section, which also names the labels of its frames.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

/// The name of the static. Items are not hygienic, so the name is one that nobody's own items have.
pub(crate) fn name() -> Ident {
    Ident::new("__SITE", Span::mixed_site())
}

/// Emits the site of `attribute(arguments)` on the fn `function`.
///
/// One string, because it costs the compiler least and a reviewer reads it as it stands. Its grammar is in
/// `hooks_runtime::sites`.
pub(crate) fn emit(attribute: &str, arguments: &str, function: &Ident) -> TokenStream {
    emit_with_reason(attribute, arguments, function, None)
}

/// Emits the site of an attribute that takes a `reason`.
pub(crate) fn emit_with_reason(
    attribute: &str,
    arguments: &str,
    function: &Ident,
    reason: Option<&str>,
) -> TokenStream {
    let name = name();
    let what = format!("{attribute}({arguments}) ");
    let function = format!("::{function} ");
    let reason = reason.map(|reason| format!("\n{reason}"));
    let reason = reason.map(|reason| quote_spanned!(Span::mixed_site()=> , #reason));
    quote_spanned! {Span::mixed_site()=>
        #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
        static #name: &::core::primitive::str = ::core::concat!(#what, ::core::module_path!(), #function, ::core::file!(), ":", ::core::line!() #reason);
    }
}

/// `order=10,timeout=2s`: the arguments that were given.
pub(crate) fn listed(arguments: &[Option<String>]) -> String {
    let mut given = Vec::new();
    for argument in arguments {
        given.extend_from_slice(argument.as_slice());
    }
    given.join(",")
}
