//! `#[keep_alive(..)]`: arguments that stay where they are until every way out of the fn.
//!
//! ```text
//! Input:   fn f(buf: Vec<u8>) -> u32 { BODY }
//! Output:  fn f(buf: Vec<u8>) -> u32 {
//!              static __SITE ..;
//!              let __kept_alive = keep_alive(&buf);
//!              BODY
//!          }
//! ```
//!
//! The local borrows `buf` and has a destructor, so the borrow lasts to every way out, early returns included, and the
//! borrow checker refuses what would move `buf` before. It has no size and the destructor is empty.
//! With `mut buf` the body sees `let mut buf = &mut buf;` instead: the variable cannot be
//! moved or dropped, though what it holds can be replaced where the tokens do not show it.

mod kept;

use crate::advice::unknown_argument;
use crate::args::{self, Argument};
use crate::asyncness::{self, Asked, Coverage};
use crate::fallback::Faults;
use crate::function::Function;
use crate::future_block;
use crate::names::argument_names;
use crate::runtime::Runtime;
use crate::{site, temporaries};
use kept::{Kept, argument_of, is_borrowed};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Error, FnArg, Meta, Signature, Token};

const USAGE: &str = "arguments of the fn, `buf` or `mut buf`; options are `future`, `call`, `crate = ::path`";

/// In place of the arguments, where another attribute has done the work already; see [`absorb`].
const DONE: &str = "\"kept alive in the body\"";

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    if arguments.to_string() == DONE {
        return Ok(item);
    }
    let mut function: Function = syn::parse2(item)?;
    apply(arguments, &mut function)?;
    Ok(function.with_body(&function.body))
}

/// Does the work of the `#[keep_alive(..)]`s below another attribute, before that one moves the arguments elsewhere.
///
/// An argument has to be held where the body is. What is wrong with them is left for them to report. They stay, with
/// [`DONE`], because the import that they are named by would be unused without them.
pub(crate) fn absorb(function: &mut Function) {
    for index in 0..function.attributes().len() {
        let Meta::List(list) = &function.attributes()[index].meta else { continue };
        let ours = list.path.segments.last().is_some_and(|last| last.ident == "keep_alive");
        if !ours || list.tokens.to_string() == DONE {
            continue;
        }
        if apply(list.tokens.clone(), function).is_err() {
            continue;
        }
        if let Meta::List(list) = &mut function.attributes_mut()[index].meta {
            let done: proc_macro2::Literal = DONE.parse().expect("a literal");
            list.tokens = quote!(#done);
        }
    }
}

/// Holds the arguments round the body.
fn apply(arguments: TokenStream, function: &mut Function) -> syn::Result<()> {
    let mut faults = Faults::default();
    let signature = &function.signature;
    let attribute = KeepAlive::validate(args::parse_list(arguments, &mut faults), signature, &mut faults);
    faults.take(function.refuse_const());
    let coverage = faults.take(asyncness::coverage(function, &attribute.asked)).unwrap_or(Coverage::Call);
    if coverage != Coverage::Call {
        attribute.refuse_references(signature, &mut faults);
    }
    if attribute.kept.is_empty() && faults.is_empty() {
        faults.add(Error::new(Span::call_site(), format!("`#[keep_alive(..)]` names {USAGE}")));
    }
    faults.into_result()?;
    let refused = refuse_temporaries(function);
    let held = attribute.hold(function, coverage)?;
    function.body = quote!(#refused #held);
    Ok(())
}

/// One argument of the attribute, as written.
enum Written {
    Kept { mutable: Option<Token![mut]>, name: Ident },
    Crate(Argument),
}

impl Parse for Written {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.peek(Token![crate]) {
            return Ok(Written::Crate(input.parse()?));
        }
        let mutable = input.parse()?;
        let name = input.call(Ident::parse_any).map_err(|fault| Error::new(fault.span(), NOT_A_NAME))?;
        if input.peek(Token![.]) || input.peek(Token![=]) {
            return Err(Error::new(name.span(), format!("an argument is kept alive whole: write `{name}`")));
        }
        Ok(Written::Kept { mutable, name })
    }
}

const NOT_A_NAME: &str = "expected an argument of the fn: `buf` or `mut buf`";

/// The arguments, understood.
struct KeepAlive {
    kept: Vec<Kept>,
    asked: Asked,
    runtime: Runtime,
}

impl KeepAlive {
    fn validate(written: Vec<Written>, signature: &Signature, faults: &mut Faults) -> Self {
        let mut attribute =
            KeepAlive { kept: Vec::new(), asked: Asked::Nothing, runtime: Runtime::default() };
        for written in written {
            faults.take(attribute.understand(written, signature));
        }
        attribute
    }

    fn understand(&mut self, written: Written, signature: &Signature) -> syn::Result<()> {
        let (mutable, name) = match written {
            Written::Crate(argument) => {
                self.runtime = Runtime::of(&argument)?;
                return Ok(());
            }
            Written::Kept { mutable, name } => (mutable, name),
        };
        if self.kept.iter().any(|kept| kept.name == name) {
            return Err(Error::new(name.span(), format!("`{name}` is given twice: keep one")));
        }
        match (argument_of(&name, signature), mutable) {
            (Some(FnArg::Receiver(_)), Some(mutable)) => Err(Error::new(mutable.span, MUT_SELF)),
            (Some(_), mutable) => {
                self.kept.push(Kept { mutable: mutable.is_some(), name });
                Ok(())
            }
            (None, None) if name == "future" => {
                self.asked = Asked::Future(name);
                Ok(())
            }
            (None, None) if name == "call" => {
                self.asked = Asked::Call(name);
                Ok(())
            }
            (None, _) => Err(no_such_argument(&name, signature)),
        }
    }

    /// The caller of an async fn can drop its future between two polls, and then free what it lent.
    fn refuse_references(&self, signature: &Signature, faults: &mut Faults) {
        for Kept { name, .. } in &self.kept {
            if argument_of(name, signature).is_some_and(is_borrowed) {
                faults.add(Error::new(name.span(), format!("`{name}` {BORROWED}")));
            }
        }
    }

    fn hold(&self, function: &Function, coverage: Coverage) -> syn::Result<TokenStream> {
        let site = site::emit("keep_alive", &self.names(), &function.signature.ident);
        if matches!(coverage, Coverage::ReturnedFuture { .. }) {
            let hold = |inside| {
                let (held, inside) = self.held(inside, &function.signature, coverage)?;
                Ok(quote!(#held #inside))
            };
            let body = future_block::with_inside(&function.body, &hold)?;
            return Ok(quote!(#site #body));
        }
        let (held, body) = self.held(function.body.clone(), &function.signature, coverage)?;
        let body = function.followed(body);
        Ok(quote!(#site #held #body))
    }

    /// What holds the arguments, and the body that then follows.
    fn held(
        &self,
        mut body: TokenStream,
        signature: &Signature,
        coverage: Coverage,
    ) -> syn::Result<(TokenStream, TokenStream)> {
        let mut all = TokenStream::new();
        for kept in &self.kept {
            let held;
            (held, body) = kept.hold(&self.runtime, signature, body, coverage)?;
            all.extend(held);
        }
        Ok((all, body))
    }

    /// `buf,mut out`, as the site says it.
    fn names(&self) -> String {
        let names = self.kept.iter().map(|kept| {
            let mutable = if kept.mutable { "mut " } else { "" };
            format!("{mutable}{}", kept.name.unraw())
        });
        names.collect::<Vec<_>>().join(",")
    }
}

/// Beside the expansion, since the plain fn would give errors of its own.
fn refuse_temporaries(function: &Function) -> Option<TokenStream> {
    let mut faults = Faults::default();
    temporaries::refuse(&function.body, &mut faults);
    faults.into_result().err().map(Error::into_compile_error)
}

const MUT_SELF: &str =
    "`self` cannot be taken by another name, so its contents stay as they are: write `self`";
const BORROWED: &str = "is borrowed from the caller, who may free it once the future is dropped, and a future \
                        can be dropped at any `.await`: take it by value; if C or the kernel works on it \
                        beyond that, take a `KeepAlive` and give them its `lease()`";

fn no_such_argument(name: &Ident, signature: &Signature) -> Error {
    let receiver = signature.receiver().map(|receiver| Ident::new("self", receiver.span()));
    let mut names: Vec<Ident> = receiver.into_iter().collect();
    names.append(&mut argument_names(signature));
    let otherwise = "write `KeepAlive::new(..)` in the body for a local";
    unknown_argument(name, &names, otherwise, USAGE)
}

#[cfg(test)]
#[path = "tests/keep_alive.rs"]
mod tests;
