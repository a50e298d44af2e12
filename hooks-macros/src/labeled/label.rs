//! One label: its key, and where its value comes from.

use super::advice::{no_such_argument, not_an_argument, refuse_marks};
use crate::function::arguments::is_name;
use crate::function::names::bound_names;
use crate::options::{Argument, Key, Runtime, Sigil, Value};
use crate::tokens::ours_at;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, FnArg, Lit, Signature, Type, TypeReference};

pub(super) struct Label {
    pub(super) key: Key,
    pub(super) unit: Option<String>,
    pub(super) source: Source,
}

pub(super) enum Source {
    /// A `&str` that lives as long as the call, if not longer: borrowed.
    Text { text: TokenStream, is_static: bool },
    /// Anything else: looked at, and copied.
    Copied { sigil: Sigil, value: TokenStream, is_place: bool },
}

impl Label {
    /// `usage` tells the options of the attribute.
    pub(super) fn of(argument: Argument, signature: &Signature, usage: &str) -> syn::Result<Self> {
        refuse_marks("key", &argument.key.name, argument.key.span)?;
        let source = match argument.value {
            Value::Bare => Source::argument(&argument.key, signature, usage)?,
            Value::Expr { sigil, expr } => Source::of_expr(sigil, &expr),
            Value::List(_) => unreachable!("a list is an option"),
        };
        Ok(Label { key: argument.key, unit: None, source })
    }

    /// For a future that may outlive the call: no text of the caller's is borrowed.
    pub(super) fn own(&mut self) {
        if let Source::Text { text, is_static: false } = &mut self.source {
            let value = std::mem::take(text);
            self.source = Source::Copied { sigil: Sigil::None, value, is_place: true };
        }
    }

    pub(super) fn is_place(&self) -> bool {
        matches!(self.source, Source::Text { .. } | Source::Copied { is_place: true, .. })
    }

    pub(super) fn cell(&self, runtime: &Runtime) -> TokenStream {
        match &self.source {
            Source::Text { text, .. } => {
                let private = runtime.private(Span::mixed_site());
                quote_spanned!(Span::mixed_site()=> #private::text(#text))
            }
            Source::Copied { sigil, value, .. } => {
                // A value that cannot be a label is reported, once, where the user wrote it.
                let place = ours_at(value.span());
                let private = runtime.private(place);
                let copy = match sigil {
                    Sigil::None => quote_spanned!(place=> value),
                    Sigil::Display => quote_spanned!(place=> display),
                    Sigil::Debug => quote_spanned!(place=> debug),
                };
                quote_spanned!(place=> #private::#copy(&#value))
            }
        }
    }
}

impl Source {
    /// `route` alone: an argument of the fn.
    fn argument(key: &Key, signature: &Signature, usage: &str) -> syn::Result<Self> {
        let ident = key.ident.as_ref().ok_or_else(|| not_an_argument(key))?;
        for argument in &signature.inputs {
            let FnArg::Typed(argument) = argument else { continue };
            if bound_names(&argument.pat).contains(ident) {
                let value = ident.to_token_stream();
                let text = str_reference(&argument.ty).filter(|_| is_name(&argument.pat));
                return Ok(match text {
                    Some(ty) => Source::Text { text: value, is_static: is_static(ty) },
                    None => Source::Copied { sigil: Sigil::None, value, is_place: true },
                });
            }
        }
        Err(no_such_argument(ident, signature, usage))
    }

    fn of_expr(sigil: Sigil, expr: &Expr) -> Self {
        let value = operand(expr);
        if sigil == Sigil::None && string_literal(expr).is_some() {
            Source::Text { text: value, is_static: true }
        } else {
            Source::Copied { sigil, value, is_place: is_place(expr) }
        }
    }
}

/// Whether looking at `expr` makes no value that would have to be dropped.
fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) | Expr::Lit(_) => true,
        Expr::Field(field) => is_place(&field.base),
        Expr::Group(group) => is_place(&group.expr),
        _ => false,
    }
}

/// `expr` as it may stand behind `&`.
fn operand(expr: &Expr) -> TokenStream {
    match expr {
        // What a `macro_rules!` captured: the parser would look through the invisible group.
        Expr::Group(group) => operand(&group.expr),
        Expr::Binary(_) | Expr::Cast(_) | Expr::Range(_) | Expr::Closure(_) | Expr::Assign(_) => {
            quote_spanned!(Span::mixed_site()=> (#expr))
        }
        _ => expr.to_token_stream(),
    }
}

/// `&str`, `&'a str`.
fn str_reference(ty: &Type) -> Option<&TypeReference> {
    match ty {
        Type::Reference(reference) => {
            let is_str = matches!(&*reference.elem, Type::Path(path) if path.path.is_ident("str"));
            (reference.mutability.is_none() && is_str).then_some(reference)
        }
        Type::Group(ty) => str_reference(&ty.elem),
        _ => None,
    }
}

fn is_static(reference: &TypeReference) -> bool {
    reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static")
}

pub(super) fn string_literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        Expr::Group(group) => string_literal(&group.expr),
        _ => None,
    }
}
