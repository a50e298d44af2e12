//! `#[at_exit(..)]`: a fn that is called before the process ends.
//!
//! ```text
//! Input:   fn flush() { BODY }
//! Output:  fn flush() {
//!              const _: () = {
//!                  static __SITE ..;
//!                  submit! { Entry::new(&__SITE, 10, 2000u64, || failure(flush())) }
//!              };
//!              BODY
//!          }
//! ```
//!
//! The registration stands in the body, where it sees the fn and adds nothing to the module.

use crate::advice::unknown_option;
use crate::args::{self, Argument, expression};
use crate::duration::Milliseconds;
use crate::fallback::Faults;
use crate::function::{Function, ours_at};
use crate::runtime::Runtime;
use crate::site;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Expr, Lit, ReturnType, Signature};

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

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let mut faults = Faults::default();
    let arguments = args::parse(arguments, &mut faults);
    let function = faults.take(syn::parse2::<Function>(item));
    let Some(function) = function else { return Err(faults.into_result().expect_err("no fn was parsed")) };
    let options = Options::validate(&arguments, &mut faults);
    faults.take(function.refuse_const());
    refuse_shape(&function.signature, &mut faults);
    refuse_second(&function, &mut faults);
    faults.into_result()?;
    let (registration, body) = (options.registration(&function.signature), &function.body);
    Ok(function.with_body(&quote!(#registration #body)))
}

#[derive(Default)]
struct Options<'a> {
    order: Option<&'a Expr>,
    timeout: Option<Milliseconds>,
    runtime: Runtime,
}

impl<'a> Options<'a> {
    fn validate(arguments: &'a [Argument], faults: &mut Faults) -> Self {
        args::refuse_duplicates(arguments, faults);
        let mut options = Options::default();
        for argument in arguments {
            match argument.key.name.as_str() {
                "order" => options.order = faults.take(order(argument)),
                "timeout" => options.timeout = faults.take(Milliseconds::of(argument)),
                "crate" => options.runtime = faults.take(Runtime::of(argument)).unwrap_or_default(),
                _ => faults.add(unknown_option(argument, USAGE)),
            }
        }
        options
    }

    fn registration(&self, signature: &Signature) -> TokenStream {
        let mixed = Span::mixed_site();
        let (private, name) = (self.runtime.private(mixed), &signature.ident);
        let (site, site_name) = (site::emit("at_exit", &self.listed(), name), site::name());
        let order = self.order.map_or_else(|| quote_spanned!(mixed=> 0), ToTokens::to_token_stream);
        let timeout = self.timeout.as_ref().map_or(DEFAULT_TIMEOUT, |timeout| timeout.value);
        // What the fn returns is told where that is written.
        let place = match &signature.output {
            ReturnType::Type(_, ty) => ty.span(),
            ReturnType::Default => name.span(),
        };
        let at_place = self.runtime.private(ours_at(place));
        let failure = quote_spanned!(ours_at(place)=> #at_place::failure(#name()));
        quote_spanned! {mixed=>
            const _: () = {
                #site
                #private::submit! { #private::Entry::new(&#site_name, #order, #timeout, || #failure) }
            };
        }
    }

    /// `order=10,timeout=2s`, as the site says it.
    fn listed(&self) -> String {
        let order = self.order.map(|order| match number(order) {
            Some(number) => format!("order={number}"),
            None => "order".to_owned(),
        });
        let timeout = self.timeout.as_ref().map(|timeout| format!("timeout={}", timeout.text));
        site::given(&[order, timeout])
    }
}

/// A number, or any constant; the compiler says whether it is one.
fn order(argument: &Argument) -> syn::Result<&Expr> {
    match expression(argument, ORDER)? {
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

fn refuse_second(function: &Function, faults: &mut Faults) {
    let is_ours = |attribute: &&syn::Attribute| {
        attribute.path().segments.last().is_some_and(|last| last.ident == "at_exit")
    };
    if let Some(second) = function.attributes().iter().find(is_ours) {
        faults.add(Error::new_spanned(second, TWICE));
    }
}

#[cfg(test)]
#[path = "tests/at_exit.rs"]
mod tests;
