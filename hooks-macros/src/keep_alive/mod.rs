//! `#[keep_alive(..)]`: arguments that stay where they are until every way out of the fn.
//!
//! In: the fn and its arguments' names. Out: a `hold` for each, or the error that the body asks for: `loss` and `temporaries` look
//! for what takes an argument away, `lost_lease` for leases that nobody gets, `awaits` for where the future can be dropped,
//! `binding` for names bound anew; `reborrow` and `future_block` change the body.
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

mod awaits;
mod binding;
mod future_block;
mod hold;
mod loss;
mod lost_lease;
mod operand;
mod reborrow;
mod temporaries;

use crate::attribute::Attribute;
use crate::faults::Faults;
use crate::function::names::argument_names;
use crate::function::{Choice, Coverage, Function};
use crate::options::advice::unknown_argument;
use crate::options::{Argument, Runtime};
use crate::site;
use crate::wrap::{Before, Wrap};
use hold::{End, Hold, argument_of, is_borrowed};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Error, FnArg, Signature, Token};

const USAGE: &str = "arguments of the fn, `buf` or `mut buf`; options are `future`, `call`, `crate = ::path`";

/// One argument of the attribute, as written.
pub(crate) enum HoldArgument {
    Name { mutable: Option<Token![mut]>, name: Ident },
    Crate(Argument),
}

impl Parse for HoldArgument {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.peek(Token![crate]) {
            return Ok(HoldArgument::Crate(input.parse()?));
        }
        let mutable = input.parse()?;
        let name = input.call(Ident::parse_any).map_err(|fault| Error::new(fault.span(), NOT_A_NAME))?;
        if input.peek(Token![.]) || input.peek(Token![=]) {
            return Err(Error::new(name.span(), format!("an argument is kept alive whole: write `{name}`")));
        }
        Ok(HoldArgument::Name { mutable, name })
    }
}

const NOT_A_NAME: &str = "expected an argument of the fn: `buf` or `mut buf`";

/// The arguments, understood.
#[derive(Default)]
pub(crate) struct KeepAlive {
    holds: Vec<Hold>,
    choice: Choice,
    runtime: Runtime,
}

impl Attribute for KeepAlive {
    const NAME: &'static str = "keep_alive";
    type Argument = HoldArgument;

    fn validate(arguments: Vec<HoldArgument>, function: &Function, faults: &mut Faults) -> Self {
        let mut attribute = KeepAlive::default();
        for argument in arguments {
            faults.take(attribute.understand(argument, &function.signature));
        }
        attribute
    }

    fn choice(&self) -> Option<&Choice> {
        Some(&self.choice)
    }

    fn refuse(&self, function: &Function, coverage: Coverage, faults: &mut Faults) {
        if coverage != Coverage::Call {
            self.refuse_references(&function.signature, faults);
        }
        if self.holds.is_empty() && faults.is_empty() {
            faults.add(Error::new(Span::call_site(), format!("`#[keep_alive(..)]` names {USAGE}")));
        }
    }

    fn site(&self, function: &Function) -> TokenStream {
        site::emit(Self::NAME, &self.names(), &function.signature.ident)
    }

    fn wrap(&self, function: &mut Function, coverage: Coverage) -> syn::Result<Wrap> {
        let refused = refuse_in(&function.body);
        let body = function.body.clone();
        let held = if matches!(coverage, Coverage::ReturnedFuture { .. }) {
            function.body = future_block::with_inside(&body, &|inside| {
                let (held, inside) = self.hold(inside, &function.signature, coverage)?;
                Ok(quote!(#held #inside))
            })?;
            TokenStream::new()
        } else {
            let (held, body) = self.hold(body, &function.signature, coverage)?;
            function.body = body;
            held
        };
        Ok(Wrap::Before(Before { statements: quote!(#refused #held), apart: false }))
    }

    /// An argument has to be held where the body is: another attribute may have moved it there.
    fn stands_inside(_above: &str) -> bool {
        true
    }
}

impl KeepAlive {
    fn understand(&mut self, argument: HoldArgument, signature: &Signature) -> syn::Result<()> {
        let (mutable, name) = match argument {
            HoldArgument::Crate(argument) => {
                self.runtime = Runtime::of(&argument)?;
                return Ok(());
            }
            HoldArgument::Name { mutable, name } => (mutable, name),
        };
        if self.holds.iter().any(|hold| hold.name == name) {
            return Err(Error::new(name.span(), format!("`{name}` is given twice: keep one")));
        }
        match (argument_of(&name, signature), mutable) {
            (Some(FnArg::Receiver(_)), Some(mutable)) => Err(Error::new(mutable.span, MUT_SELF)),
            (Some(_), mutable) => {
                self.holds.push(Hold { mutable: mutable.is_some(), name });
                Ok(())
            }
            (None, None) if name == "future" => {
                self.choice = Choice::Future(name);
                Ok(())
            }
            (None, None) if name == "call" => {
                self.choice = Choice::Call(name);
                Ok(())
            }
            (None, _) => Err(no_such_argument(&name, signature)),
        }
    }

    /// The caller of an async fn can drop its future between two polls, and then free what it lent.
    fn refuse_references(&self, signature: &Signature, faults: &mut Faults) {
        for Hold { name, .. } in &self.holds {
            if argument_of(name, signature).is_some_and(is_borrowed) {
                faults.add(Error::new(name.span(), format!("`{name}` {BORROWED}")));
            }
        }
    }

    /// What holds the arguments, and the body that then follows.
    fn hold(
        &self,
        mut body: TokenStream,
        signature: &Signature,
        coverage: Coverage,
    ) -> syn::Result<(TokenStream, TokenStream)> {
        let mut all = TokenStream::new();
        let end = match coverage {
            Coverage::Call => End::Call,
            _ if awaits::are_in(&body) => End::Awaits,
            _ => End::Future,
        };
        for hold in &self.holds {
            let held;
            (held, body) = hold.round(&self.runtime, signature, body, end)?;
            all.extend(held);
        }
        Ok((all, body))
    }

    /// `buf,mut out`, as the site says it.
    fn names(&self) -> String {
        let names = self.holds.iter().map(|hold| {
            let mutable = if hold.mutable { "mut " } else { "" };
            format!("{mutable}{}", hold.name.unraw())
        });
        names.collect::<Vec<_>>().join(",")
    }
}

/// Beside the expansion, since the plain fn would give errors of its own.
fn refuse_in(body: &TokenStream) -> Option<TokenStream> {
    let mut faults = Faults::default();
    temporaries::refuse(body, &mut faults);
    lost_lease::refuse(body, &mut faults);
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
#[path = "../tests/keep_alive.rs"]
mod tests;
