//! `#[keep_alive(..)]`: arguments that stay where they are until every way out of the fn.
//!
//! ```text
//! Input:   fn f(buf: Vec<u8>) -> u32 { BODY }
//! Output:  fn f(buf: Vec<u8>) -> u32 {
//!              static __SITE ..;
//!              let __kept_alive = keep_alive(&buf);
//!              { BODY }
//!          }
//! ```
//!
//! The local borrows `buf` and has a destructor, so the borrow lasts to every way out, early returns included, and the
//! borrow checker refuses what would move `buf` before. It has no size and the destructor is empty.
//! With `mut buf` the body sees `let mut buf = &mut buf;` instead: the owner is out of its reach.

use crate::args::{self, Argument};
use crate::asyncness::{self, Asked, Coverage};
use crate::fallback::Faults;
use crate::function::{Function, ours_at};
use crate::future_block;
use crate::names::bound_names;
use crate::runtime::Runtime;
use crate::{borrowed, replaced, site, temporaries};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Error, FnArg, Meta, ReceiverKind, Signature, Token, Type, parse_quote};

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
    let refused = attribute.refuse_in_body(function);
    let held = attribute.hold(function, coverage)?;
    if attribute.kept.iter().any(|kept| kept.is_rebound(&function.signature)) {
        // `f(&mut buf)` is right for an owner, which is what the user wrote it for.
        function.attributes_mut().push(parse_quote!(#[allow(clippy::needless_borrow)]));
    }
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

struct Kept {
    mutable: bool,
    name: Ident,
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

    /// Errors for what the body says and may not. Beside the expansion, since the plain fn would give errors of its own.
    fn refuse_in_body(&self, function: &Function) -> Option<TokenStream> {
        let mut faults = Faults::default();
        temporaries::refuse(&function.body, &mut faults);
        for Kept { name, .. } in self.kept.iter().filter(|kept| kept.is_rebound(&function.signature)) {
            replaced::refuse(name, &function.body, &mut faults);
        }
        faults.into_result().err().map(Error::into_compile_error)
    }

    fn hold(&self, function: &Function, coverage: Coverage) -> syn::Result<TokenStream> {
        let held = self.kept.iter().map(|kept| kept.hold(&self.runtime, &function.signature, coverage));
        let held: TokenStream = held.collect();
        let site = site::emit("keep_alive", &self.names(), &function.signature.ident);
        if matches!(coverage, Coverage::ReturnedFuture { .. }) {
            let body = future_block::with_first(&held, &function.body)?;
            return Ok(quote!(#site #body));
        }
        let body = function.brace(function.body.clone());
        Ok(quote!(#site #held #body))
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

const MUT_SELF: &str =
    "`self` cannot be taken by another name, so its contents stay as they are: write `self`";
const BORROWED: &str = "is borrowed from the caller, who may free it once the future is dropped, and a future \
                        can be dropped at any `.await`: take it by value; if C or the kernel works on it \
                        beyond that, take a `KeepAlive` and give them its `lease()`";

impl Kept {
    /// Whether the body sees a `&mut` where the fn has an owner.
    fn is_rebound(&self, signature: &Signature) -> bool {
        self.mutable && !argument_of(&self.name, signature).is_some_and(is_reference)
    }

    fn hold(&self, runtime: &Runtime, signature: &Signature, coverage: Coverage) -> TokenStream {
        let Kept { mutable, name } = self;
        // "borrow of `buf` occurs here": at the attribute's argument.
        let place = ours_at(name.span());
        let private = runtime.private(place);
        let owned = coverage != Coverage::Call;
        match (mutable, argument_of(name, signature).is_some_and(is_reference)) {
            // Reborrowed for as long as the caller lent it, so that it can be returned.
            (true, true) => quote_spanned!(place=> let #name = &mut *#name;),
            (true, false) if owned => quote_spanned! {place=>
                #[allow(unused_mut)]
                let mut #name = #private::keep_alive_mut_owned(&mut #name);
            },
            (true, false) => quote_spanned!(place=> #[allow(unused_mut)] let mut #name = &mut #name;),
            (false, _) if owned => borrow(name, &quote_spanned!(place=> #private::keep_alive_owned(&#name))),
            (false, _) => borrow(name, &quote_spanned!(place=> #private::keep_alive(&#name))),
        }
    }
}

/// The borrow, in an arm that is never taken: the borrow checker follows every arm, and the compiler then drops it and
/// the destructor with it, so that not even the order of instructions changes.
fn borrow(name: &Ident, borrow: &TokenStream) -> TokenStream {
    quote_spanned! {ours_at(name.span())=>
        let __kept_alive;
        match () {
            () => {}
            #[allow(unreachable_patterns)]
            () => __kept_alive = #borrow,
        }
    }
}

fn argument_of<'a>(name: &Ident, signature: &'a Signature) -> Option<&'a FnArg> {
    signature.inputs.iter().find(|argument| match argument {
        FnArg::Receiver(_) => name == "self",
        FnArg::Typed(argument) => bound_names(&argument.pat).contains(name),
    })
}

/// A borrow that ends before the program does, as far as the tokens show it; the types show the rest.
fn is_borrowed(argument: &FnArg) -> bool {
    match argument {
        FnArg::Receiver(receiver) => match &receiver.kind {
            ReceiverKind::Value => false,
            ReceiverKind::Typed(_, ty) => borrowed::find(ty).is_some(),
            _ => true,
        },
        FnArg::Typed(argument) => borrowed::find(&argument.ty).is_some(),
    }
}

/// `&T`, `&mut T`.
fn is_reference(argument: &FnArg) -> bool {
    let FnArg::Typed(argument) = argument else { return false };
    matches!(ungrouped(&argument.ty), Type::Reference(_))
}

fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(ty) => ungrouped(&ty.elem),
        Type::Paren(ty) => ungrouped(&ty.elem),
        ty => ty,
    }
}

fn no_such_argument(name: &Ident, signature: &Signature) -> Error {
    let names = signature.inputs.iter().flat_map(|argument| match argument {
        FnArg::Receiver(receiver) => vec![Ident::new("self", receiver.span())],
        FnArg::Typed(argument) => bound_names(&argument.pat),
    });
    let names = crate::advice::listed(names);
    let advice = if names.is_empty() {
        format!("this fn has no argument `{name}`: for a local, write `KeepAlive::new(..)` in the body")
    } else {
        format!(
            "this fn has no argument `{name}`, it has {names}: name one of them; \
             for a local, write `KeepAlive::new(..)` in the body"
        )
    };
    Error::new(name.span(), advice)
}

#[cfg(test)]
#[path = "tests/keep_alive.rs"]
mod tests;
