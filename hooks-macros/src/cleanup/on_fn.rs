//! `#[cleanup(unlock(m))]` on a fn: as Go's `defer unlock(m)` in its first line.
//!
//! ```text
//! Input:   fn f(m: &Lock) -> u32 { BODY }
//! Output:  fn f(m: &Lock) -> u32 {
//!              static __SITE ..;
//!              {
//!                  let __guard = cleanup(__SITE, m, |m| unlock(m));
//!                  '__cleanup: { BODY }
//!              }
//!          }
//! ```
//!
//! An `async fn` stays one: the local is part of its future, and so dropped with it. Where the fn has several of these
//! attributes, each further one stands inside of the one above it.

use super::advice::{ON, ON_FN, TRACK_CALLER};
use super::call::{Call, Manner, On};
use super::on_other_item;
use super::options::{Background, text};
use crate::attribute::{self, Attribute};
use crate::faults::Faults;
use crate::function::names::argument_names;
use crate::function::{Choice, Coverage, Function};
use crate::options::advice::unknown_option;
use crate::options::{self, Argument, Runtime, Value};
use crate::site;
use crate::wrap::{Entry, Wrap};
use proc_macro2::{Ident, Span, TokenStream};
use quote::format_ident;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, Token};

/// One argument of the attribute, as written.
pub(crate) enum CallOrOption {
    Option(Argument),
    Call(Box<Expr>),
}

impl Parse for CallOrOption {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let is_option = input.peek(Ident::peek_any)
            && (input.peek2(Token![,]) || input.peek2(Token![=]) || is_last(input));
        if is_option {
            input.parse().map(CallOrOption::Option)
        } else {
            input.parse().map(CallOrOption::Call)
        }
    }
}

/// Whether one token is left.
fn is_last(input: ParseStream) -> bool {
    let ahead = input.fork();
    ahead.parse::<proc_macro2::TokenTree>().is_ok() && ahead.is_empty()
}

/// The calls of one attribute.
#[derive(Default)]
pub(crate) struct Cleanup {
    calls: Vec<Call>,
    manner: Manner,
    choice: Choice,
    runtime: Runtime,
}

impl Attribute for Cleanup {
    const NAME: &'static str = "cleanup";
    type Argument = CallOrOption;

    fn expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
        on_other_item(&arguments, &item).unwrap_or_else(|| attribute::run::<Self>(arguments, item))
    }

    fn validate(arguments: Vec<CallOrOption>, function: &Function, faults: &mut Faults) -> Self {
        let (mut cleanup, mut options) = (Cleanup::default(), Vec::new());
        let (is_empty, locals) = (arguments.is_empty(), argument_names(&function.signature));
        for argument in arguments {
            match argument {
                CallOrOption::Option(option) => options.push(option),
                CallOrOption::Call(expr) => cleanup.calls.extend(faults.take(Call::of(*expr, &locals))),
            }
        }
        options::refuse_duplicates(&options, faults);
        for option in &options {
            cleanup.understand(option, faults);
        }
        if cleanup.calls.is_empty() && (is_empty || faults.is_empty()) {
            let advice = format!("`#[cleanup(..)]` has nothing to call: {ON_FN}");
            faults.add(Error::new(Span::call_site(), advice));
        }
        cleanup
    }

    fn choice(&self) -> Option<&Choice> {
        Some(&self.choice)
    }

    fn refuse(&self, function: &Function, _coverage: Coverage, faults: &mut Faults) {
        // With `on` the body becomes a closure, which has another caller.
        if let Some(attribute) = function.track_caller().filter(|_| self.manner.on.is_some()) {
            faults.add(Error::new_spanned(attribute, TRACK_CALLER));
        }
    }

    fn site(&self, function: &Function) -> TokenStream {
        site::emit(Self::NAME, &self.names(), &function.signature.ident)
    }

    fn wrap(&self, _function: &mut Function, _coverage: Coverage) -> syn::Result<Wrap> {
        let (mut locals, mut guards) = (TokenStream::new(), Vec::new());
        for (index, call) in self.calls.iter().enumerate() {
            let guard = guard(index);
            locals.extend(call.keep(&guard, &self.runtime, self.manner));
            guards.push((guard, self.manner.on.is_some()));
        }
        Ok(Wrap::Entry(Entry { locals, guards, runtime: self.runtime.clone() }))
    }

    /// So that those on one fn run last to first, also with other attributes between them.
    fn stands_inside(above: &str) -> bool {
        above == Self::NAME
    }
}

impl Cleanup {
    fn understand(&mut self, option: &Argument, faults: &mut Faults) {
        match (option.key.name.as_str(), &option.value) {
            ("crate", _) => self.runtime = faults.take(Runtime::of(option)).unwrap_or_default(),
            ("on", _) => self.manner.on = faults.take(on(option)),
            ("background", _) => self.manner.background = faults.take(Background::of(option)),
            ("future" | "call", Value::Bare) => self.choice = Choice::of(option),
            _ => faults.add(unknown_option(option, ON_FN)),
        }
    }

    /// `locks::unlock,rollback:error`, as the site says it.
    fn names(&self) -> String {
        let names = self.calls.iter().map(|call| match self.manner.on {
            Some(on) => format!("{}:{}", call.name(), on.word()),
            None => call.name(),
        });
        names.collect::<Vec<_>>().join(",")
    }
}

/// `__guard`, `__guard1`, ..
fn guard(index: usize) -> Ident {
    let number = if index == 0 { String::new() } else { index.to_string() };
    format_ident!("__guard{number}", span = Span::mixed_site())
}

fn on(option: &Argument) -> syn::Result<On> {
    match text(option).as_deref() {
        Some("error") => Ok(On::Error),
        Some("failure") => Ok(On::Failure),
        _ => Err(option.fault(ON)),
    }
}
