//! `#[cleanup(unlock(m))]` on a fn: as Go's `defer unlock(m)` in its first line.
//!
//! ```text
//! Input:   fn f(m: &Lock) -> u32 { BODY }
//! Output:  fn f(m: &Lock) -> u32 {
//!              static __SITE ..;
//!              let __cleanup = cleanup(__SITE, m, |m| unlock(m));
//!              let __result: u32 = { __cleanup.enter(); BODY };
//!              __result
//!          }
//! ```
//!
//! An `async fn` stays one: the local is part of its future, and so dropped with it.

use super::advice::{ON, ON_FN, TRACK_CALLER};
use super::call::{Call, Manner, On};
use super::options::{Background, text};
use crate::advice::unknown_option;
use crate::args::{self, Argument, Value};
use crate::asyncness::{self, Asked, Coverage};
use crate::fallback::Faults;
use crate::function::{Entry, Function};
use crate::names::argument_names;
use crate::runtime::Runtime;
use crate::site;
use proc_macro2::{Ident, Span, TokenStream};
use quote::format_ident;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Expr, Meta, Signature, Token};

pub(super) fn expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let mut faults = Faults::default();
    let mut function: Function = syn::parse2(item)?;
    let locals = argument_names(&function.signature);
    let mut cleanups = Cleanups { kept: Vec::new(), asked: Asked::Nothing };
    cleanups.add(arguments, Span::call_site(), &locals, &mut faults);
    // Those below are opened in the order that they are read in; each by itself would be outside of the one above it.
    for list in others(&mut function) {
        cleanups.add(list.tokens, list.path.segments[0].ident.span(), &locals, &mut faults);
    }
    faults.take(function.refuse_const());
    faults.take(cleanups.refuse_track_caller(&function));
    let coverage = faults.take(asyncness::coverage(&function, &cleanups.asked)).unwrap_or(Coverage::Call);
    faults.into_result()?;
    Ok(function.expand_entry(&cleanups.entry(&function.signature), coverage))
}

/// Takes off the further `#[cleanup(..)]`s.
fn others(function: &mut Function) -> Vec<syn::MetaList> {
    let is_ours = |path: &syn::Path| path.segments.last().is_some_and(|last| last.ident == "cleanup");
    let mut others = Vec::new();
    for attribute in std::mem::take(function.attributes_mut()) {
        match attribute.meta {
            Meta::List(list) if is_ours(&list.path) => others.push(list),
            meta => function.attributes_mut().push(Attribute { meta, ..attribute }),
        }
    }
    others
}

/// One argument of the attribute, as written.
enum Written {
    Option(Argument),
    Call(Box<Expr>),
}

impl Parse for Written {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let is_option = input.peek(Ident::peek_any)
            && (input.peek2(Token![,]) || input.peek2(Token![=]) || is_last(input));
        if is_option { input.parse().map(Written::Option) } else { input.parse().map(Written::Call) }
    }
}

/// Whether one token is left.
fn is_last(input: ParseStream) -> bool {
    let ahead = input.fork();
    ahead.parse::<proc_macro2::TokenTree>().is_ok() && ahead.is_empty()
}

/// All cleanups of one fn.
struct Cleanups {
    kept: Vec<Kept>,
    asked: Asked,
}

struct Kept {
    call: Call,
    manner: Manner,
    runtime: Runtime,
}

impl Cleanups {
    /// Adds the cleanups of one attribute.
    fn add(&mut self, arguments: TokenStream, place: Span, locals: &[Ident], faults: &mut Faults) {
        let (mut options, mut calls) = (Vec::new(), Vec::new());
        let written = args::parse_list(arguments, faults);
        let is_empty = written.is_empty();
        for written in written {
            match written {
                Written::Option(option) => options.push(option),
                Written::Call(expr) => {
                    if let Some(call) = faults.take(Call::of(*expr, locals)) {
                        calls.push(call);
                    }
                }
            }
        }
        args::refuse_duplicates(&options, faults);
        let manner = self.understand(&options, faults);
        if calls.is_empty() && (is_empty || faults.is_empty()) {
            faults.add(Error::new(place, format!("`#[cleanup(..)]` has nothing to call: {ON_FN}")));
        }
        for call in calls {
            let runtime = options.iter().find(|option| option.key.name == "crate");
            let runtime = runtime.and_then(|option| Runtime::of(option).ok()).unwrap_or_default();
            self.kept.push(Kept { call, manner, runtime });
        }
    }

    fn understand(&mut self, options: &[Argument], faults: &mut Faults) -> Manner {
        let mut manner = Manner::default();
        for option in options {
            match (option.key.name.as_str(), &option.value) {
                ("crate", _) => drop(faults.take(Runtime::of(option))),
                ("on", _) => manner.on = faults.take(on(option)),
                ("background", _) => manner.background = faults.take(Background::of(option)),
                ("future", Value::Bare) => self.asked = Asked::Future(word(option)),
                ("call", Value::Bare) => self.asked = Asked::Call(word(option)),
                _ => faults.add(unknown_option(option, ON_FN)),
            }
        }
        manner
    }

    /// With `on` the body becomes a closure, which has another caller.
    fn refuse_track_caller(&self, function: &Function) -> syn::Result<()> {
        match function.track_caller() {
            Some(attribute) if self.kept.iter().any(|kept| kept.manner.on.is_some()) => {
                Err(Error::new_spanned(attribute, TRACK_CALLER))
            }
            _ => Ok(()),
        }
    }

    fn entry(&self, signature: &Signature) -> Entry<'_> {
        let (mut locals, mut guards) = (TokenStream::new(), Vec::new());
        for (index, kept) in self.kept.iter().enumerate() {
            let guard = guard(index);
            locals.extend(kept.call.keep(&guard, &kept.runtime, kept.manner));
            guards.push((guard, kept.manner.on.is_some()));
        }
        let site = site::emit("cleanup", &self.names(), &signature.ident);
        Entry { site, locals, guards, runtime: &self.kept[0].runtime }
    }

    /// `locks::unlock,rollback:error`, as the site says it.
    fn names(&self) -> String {
        let names = self.kept.iter().map(|kept| match kept.manner.on {
            Some(on) => format!("{}:{}", kept.call.name(), on.word()),
            None => kept.call.name(),
        });
        names.collect::<Vec<_>>().join(",")
    }
}

/// `__cleanup`, `__cleanup1`, ..
fn guard(index: usize) -> Ident {
    let number = if index == 0 { String::new() } else { index.to_string() };
    format_ident!("__cleanup{number}", span = Span::mixed_site())
}

fn on(option: &Argument) -> syn::Result<On> {
    match text(option).as_deref() {
        Some("error") => Ok(On::Error),
        Some("failure") => Ok(On::Failure),
        _ => Err(option.fault(ON)),
    }
}

fn word(option: &Argument) -> Ident {
    let ident = option.key.ident.clone();
    ident.unwrap_or_else(|| Ident::new(&option.key.name, option.key.span))
}
