//! One argument that is kept alive: what holds it, and what is said where the body takes it away.

use super::loss::{self, Loss};
use super::reborrow;
use crate::function::arguments::keeps_unused;
use crate::function::borrow as borrows;
use crate::function::names::bound_names;
use crate::options::Runtime;
use crate::tokens::ours_at;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{FnArg, ReceiverKind, Signature, Type};

pub(super) struct Hold {
    pub(super) mutable: bool,
    pub(super) name: Ident,
}

/// What the argument is kept to the end of, by the end of the names of the fns that hold it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Call,
    /// A future that is never left half way: no `.await` is in it.
    Future,
    /// A future that can be dropped half way, and the argument with it.
    Awaits,
}

impl End {
    fn function(self, start: &str, place: Span) -> Ident {
        let end = match self {
            End::Call => "",
            End::Future => "_owned",
            End::Awaits => "_over_await",
        };
        Ident::new(&format!("{start}{end}"), place)
    }
}

impl Hold {
    /// Whether the body sees a `&mut` where the fn has an owner.
    fn is_rebound(&self, signature: &Signature) -> bool {
        self.mutable && !argument_of(&self.name, signature).is_some_and(is_reference)
    }

    /// What holds it, or says where the body takes it away; and the body.
    pub(super) fn round(
        &self,
        runtime: &Runtime,
        signature: &Signature,
        body: TokenStream,
        end: End,
    ) -> syn::Result<(TokenStream, TokenStream)> {
        if !self.is_rebound(signature) {
            return Ok((self.held(runtime, signature, end), body));
        }
        let losses = loss::places(&self.name, &body);
        let refused = self.refuse(runtime, &losses, end);
        // What takes the owner away has the right type only where the body sees the owner.
        if losses.iter().any(|loss| !matches!(loss, Loss::ReplacedBehind(_))) {
            return Ok((refused, body));
        }
        let held = self.held(runtime, signature, end);
        Ok((quote!(#refused #held), reborrow::through(&self.name, body)?))
    }

    /// The fault said by the borrow checker, at the user's tokens and at the attribute's argument, since a type error
    /// would say nothing of the attribute.
    ///
    /// A `Copy` value is not moved by any of it, and so not refused, nor has to be: it stays where it is.
    fn refuse(&self, runtime: &Runtime, losses: &[Loss], end: End) -> TokenStream {
        let (name, place) = (&self.name, ours_at(self.name.span()));
        let private = runtime.private(place);
        let borrow = borrow_of(name, &private, end);
        let mut refused = TokenStream::new();
        for loss in losses {
            let between = match loss {
                Loss::Moved(at) => quote_spanned!(ours_at(at.span())=> #private::moved(#at);),
                Loss::Replaced(at) | Loss::ReplacedBehind(at) => {
                    let mut name = name.clone();
                    name.set_span(name.span().located_at(at.span()));
                    quote_spanned!(ours_at(at.span())=> #name = #private::another();)
                }
            };
            refused.extend(still_needed(place, &private, &borrow, &between));
        }
        refused
    }

    fn held(&self, runtime: &Runtime, signature: &Signature, end: End) -> TokenStream {
        let Hold { mutable, name } = self;
        // "borrow of `buf` occurs here": at the attribute's argument.
        let place = ours_at(name.span());
        let private = runtime.private(place);
        match (mutable, argument_of(name, signature).is_some_and(is_reference)) {
            // Reborrowed for as long as the caller lent it, so that it can be returned.
            (true, true) => quote_spanned!(place=> let #name = &mut *#name;),
            (true, false) if end == End::Call => {
                quote_spanned!(place=> #[allow(unused_mut)] let mut #name = &mut #name;)
            }
            (true, false) => {
                let function = end.function("keep_alive_mut", place);
                quote_spanned!(place=> #[allow(unused_mut)] let mut #name = #private::#function(&mut #name);)
            }
            (false, _) => borrow(name, &borrow_of(name, &private, end)),
        }
    }
}

fn borrow_of(name: &Ident, private: &TokenStream, end: End) -> TokenStream {
    let place = ours_at(name.span());
    let function = end.function("keep_alive", place);
    quote_spanned!(place=> #private::#function(&#name))
}

/// With the place where the borrow was still needed, so that the borrow checker has to look at what lies between.
fn still_needed(
    place: Span,
    private: &TokenStream,
    borrow: &TokenStream,
    between: &TokenStream,
) -> TokenStream {
    quote_spanned! {place=>
        match () {
            () => {}
            #[allow(unreachable_patterns, unused_assignments)]
            () => {
                let __kept_alive = #borrow;
                #between
                #private::still_needed(__kept_alive)
            }
        }
    }
}

/// The borrow, in an arm that is never taken: the borrow checker follows every arm, and the compiler then drops it and
/// the destructor with it, so that not even the order of instructions changes.
fn borrow(name: &Ident, borrow: &TokenStream) -> TokenStream {
    let allow = keeps_unused(name);
    quote_spanned! {ours_at(name.span())=>
        let __kept_alive;
        match () {
            () => {}
            #[allow(unreachable_patterns)]
            #allow
            () => __kept_alive = #borrow,
        }
    }
}

pub(super) fn argument_of<'a>(name: &Ident, signature: &'a Signature) -> Option<&'a FnArg> {
    signature.inputs.iter().find(|argument| match argument {
        FnArg::Receiver(_) => name == "self",
        FnArg::Typed(argument) => bound_names(&argument.pat).contains(name),
    })
}

/// A borrow that ends before the program does, as far as the tokens show it; the types show the rest.
pub(super) fn is_borrowed(argument: &FnArg) -> bool {
    match argument {
        FnArg::Receiver(receiver) => match &receiver.kind {
            ReceiverKind::Value => false,
            ReceiverKind::Typed(_, ty) => borrows::find(ty).is_some(),
            _ => true,
        },
        FnArg::Typed(argument) => borrows::find(&argument.ty).is_some(),
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
