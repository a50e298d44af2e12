//! The path of the runtime that expansions call.

use super::{Argument, Sigil, Value};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Error, Path};

const ADVICE: &str = "`crate` takes an absolute path: `crate = ::facade::hooks_runtime`";

/// Where the runtime is: `::hooks_runtime`, or what `crate = ::path` says.
#[derive(Clone, Default)]
pub(crate) struct Runtime(Option<TokenStream>);

impl Runtime {
    /// The path after `crate =`, which must not depend on where the expansion lands.
    pub(crate) fn of(argument: &Argument) -> syn::Result<Self> {
        let Value::Expr { sigil: Sigil::None, expr } = &argument.value else {
            return Err(argument.fault(ADVICE));
        };
        let path: Path = syn::parse2(expr.to_token_stream()).map_err(|_| Error::new_spanned(expr, ADVICE))?;
        // `$crate` is what the macro of a facade has.
        let first = &path.segments[0].ident;
        let absolute = path.leading_colon.is_some() || first == "crate" || first == "$crate";
        if absolute {
            Ok(Runtime(Some(path.into_token_stream())))
        } else {
            Err(Error::new_spanned(path, ADVICE))
        }
    }

    /// `::hooks_runtime::__private`, shown at `place`.
    pub(crate) fn private(&self, place: Span) -> TokenStream {
        self.private_or(&quote_spanned!(place=> ::hooks_runtime), place)
    }

    /// That of another crate of ours, which is at `default`.
    pub(crate) fn private_or(&self, default: &TokenStream, place: Span) -> TokenStream {
        let path = self.0.as_ref().unwrap_or(default);
        quote_spanned!(place=> #path::__private)
    }
}
