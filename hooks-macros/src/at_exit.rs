//! `#[at_exit(..)]`: a fn that is called before the process ends.
//!
//! ```text
//! Input:   fn flush() { BODY }
//! Output:  fn flush() {
//!              static __SITE ..;
//!              const _: () = { submit! { Entry::new(&__SITE, 10, 2000u64, || failure(flush())) } };
//!              '__at_exit: { BODY }
//!          }
//! ```
//!
//! The registration stands in the fn, where it sees the fn and adds nothing to the module; and not in the braces of the
//! body, where it would see a `flush` of the body's own.

use crate::attribute::Attribute;
use crate::faults::Faults;
use crate::function::{Coverage, Function};
use crate::options::advice::unknown_option;
use crate::options::duration::Milliseconds;
use crate::options::{self, Argument, Runtime, into_expression};
use crate::site;
use crate::tokens::ours_at;
use crate::wrap::{Before, Wrap, sibling};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Error, Expr, Lit, Signature};

const USAGE: &str = "options are `order = 10`, `timeout = \"2s\"`, `crate = ::path`";
const ORDER: &str = "`order` takes a whole number, lower ones come first: `order = 10`";
const ARGUMENT: &str =
    "nobody has arguments for a flusher: take none, and reach what it flushes through a `static`";
const GENERIC: &str =
    "nobody says which type a flusher is for: register a fn without generics that calls this one";
const ASYNC: &str =
    "there is no runtime left at the exit: register a plain fn, and have it block on what has to be awaited";
const UNSAFE: &str = "nobody argues the safety of a call at the exit: register a safe fn that calls this one";
const TWICE: &str = "a flusher is registered once: keep one `#[at_exit(..)]`";
/// 5 seconds, as long as the exit waits for the cleanup thread.
const DEFAULT_TIMEOUT: u64 = 5_000;

/// The arguments, understood.
#[derive(Default)]
pub(crate) struct AtExit {
    order: Option<Expr>,
    timeout: Option<Milliseconds>,
    runtime: Runtime,
}

impl Attribute for AtExit {
    const NAME: &'static str = "at_exit";
    type Argument = Argument;

    fn validate(arguments: Vec<Argument>, _function: &Function, faults: &mut Faults) -> Self {
        options::refuse_duplicates(&arguments, faults);
        let mut options = AtExit::default();
        for argument in arguments {
            match argument.key.name.as_str() {
                "order" => options.order = faults.take(order(argument)),
                "timeout" => options.timeout = faults.take(Milliseconds::of(&argument)),
                "crate" => options.runtime = faults.take(Runtime::of(&argument)).unwrap_or_default(),
                _ => faults.add(unknown_option(&argument, USAGE)),
            }
        }
        options
    }

    fn refuse(&self, function: &Function, _coverage: Coverage, faults: &mut Faults) {
        refuse_shape(&function.signature, faults);
        if sibling::contains(&function.body, &|above| above == Self::NAME) {
            faults.add(Error::new(Span::call_site(), TWICE));
        }
    }

    fn site(&self, function: &Function) -> TokenStream {
        site::emit(Self::NAME, &self.listed(), &function.signature.ident)
    }

    fn wrap(&self, function: &mut Function, _coverage: Coverage) -> syn::Result<Wrap> {
        Ok(Wrap::Before(Before { statements: self.registration(function), apart: true }))
    }
}

impl AtExit {
    fn registration(&self, function: &Function) -> TokenStream {
        let (mixed, place) = (Span::mixed_site(), ours_at(function.output_span()));
        let (private, name, site) = (self.runtime.private(mixed), &function.signature.ident, site::name());
        let order = self.order.as_ref().map_or_else(|| quote_spanned!(mixed=> 0), ToTokens::to_token_stream);
        let timeout = self.timeout.as_ref().map_or(DEFAULT_TIMEOUT, |timeout| timeout.value);
        // What the fn returns is told where that is written.
        let at_place = self.runtime.private(place);
        let failure = quote_spanned!(place=> #at_place::failure(#name()));
        quote_spanned! {mixed=>
            const _: () = {
                #private::submit! { #private::Entry::new(&#site, #order, #timeout, || #failure) }
            };
        }
    }

    /// `order=10,timeout=2s`, as the site says it.
    fn listed(&self) -> String {
        let order = self.order.as_ref().map(|order| match number(order) {
            Some(number) => format!("order={number}"),
            None => "order".to_owned(),
        });
        let timeout = self.timeout.as_ref().map(|timeout| format!("timeout={}", timeout.text));
        site::listed(&[order, timeout])
    }
}

/// A number, or any constant; the compiler says whether it is one.
fn order(argument: Argument) -> syn::Result<Expr> {
    match into_expression(argument, ORDER)? {
        Expr::Lit(literal) if !matches!(literal.lit, Lit::Int(_)) => Err(Error::new_spanned(literal, ORDER)),
        expr => Ok(expr),
    }
}

/// `10`, `-10`.
fn number(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(literal) => Some(literal.to_token_stream().to_string()),
        Expr::Group(group) => number(&group.expr),
        Expr::Unary(negative) if matches!(negative.op, syn::UnOp::Neg(_)) => {
            Some(format!("-{}", number(&negative.expr)?))
        }
        _ => None,
    }
}

fn refuse_shape(signature: &Signature, faults: &mut Faults) {
    if let Some(argument) = signature.inputs.first() {
        faults.add(Error::new_spanned(argument, ARGUMENT));
    }
    if let Some(parameter) = signature.generics.params.first() {
        faults.add(Error::new_spanned(parameter, GENERIC));
    }
    if let Some(asyncness) = &signature.asyncness {
        faults.add(Error::new(asyncness.span, ASYNC));
    }
    if let syn::Safety::Unsafe(unsafety) = &signature.safety {
        faults.add(Error::new(unsafety.span, UNSAFE));
    }
}

#[cfg(test)]
#[path = "tests/at_exit.rs"]
mod tests;
