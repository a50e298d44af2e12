//! `#[lock_os_thread(..)]`: the OS thread kept, its state given back, async bodies on a thread of their own.
//!
//! In: the arguments, as `options` understands them. Out: a lock round the body, or the body sent to a thread of its own.
//! `advice` is what the user reads where the arguments, or the fn's own, are wrong.

mod advice;
mod options;

use crate::attribute::Attribute;
use crate::faults::Faults;
use crate::function::names::mentioned_names;
use crate::function::{Choice, Coverage, Function, borrow};
use crate::options::{self as arguments, Argument};
use crate::site;
use crate::wrap::{Around, Elsewhere, Guard, Wrap};
use advice::{BORROWED_SELF, STRICT, borrowed_argument};
use options::Thread;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Error, FnArg, Receiver, ReceiverKind, Signature};

pub(crate) use options::Options as LockOsThread;

impl Attribute for LockOsThread {
    const NAME: &'static str = "lock_os_thread";
    type Argument = Argument;

    fn validate(arguments: Vec<Argument>, function: &Function, faults: &mut Faults) -> Self {
        Self::understood(arguments, &function.signature, faults)
    }

    fn choice(&self) -> Option<&Choice> {
        Some(&self.choice)
    }

    fn refuse(&self, function: &Function, coverage: Coverage, faults: &mut Faults) {
        if coverage != Coverage::Call {
            refuse_borrowed(&function.signature, faults);
        }
    }

    fn site(&self, function: &Function) -> TokenStream {
        let name = &function.signature.ident;
        site::emit_with_reason(Self::NAME, &self.listed(), name, self.reason.as_deref())
    }

    fn wrap(&self, _function: &mut Function, coverage: Coverage) -> syn::Result<Wrap> {
        if coverage == Coverage::Call && self.thread.is_none() {
            return Ok(Wrap::Guard(Guard { open: self.scope(), around: Around::default() }));
        }
        Ok(Wrap::Elsewhere(Elsewhere {
            plan: self.plan(),
            first: self.token_elsewhere(),
            uses: self.cpu.as_ref().map(|cpu| mentioned_names(cpu.to_token_stream())).unwrap_or_default(),
            runtime: self.runtime.clone(),
        }))
    }
}

impl LockOsThread {
    /// The body stays where it is called, between a scope's two ends.
    fn scope(&self) -> TokenStream {
        let (mixed, plan) = (Span::mixed_site(), self.plan());
        let token = self.token.as_ref().map(|token| quote_spanned!(mixed=> let #token = __scope.token();));
        quote_spanned!(mixed=> let __scope = #plan.scope(); #token)
    }

    fn token_elsewhere(&self) -> TokenStream {
        let Some(token) = &self.token else { return TokenStream::new() };
        let private = self.runtime.private(Span::mixed_site());
        quote_spanned!(Span::mixed_site()=> let __locked = #private::token(); let #token = &__locked;)
    }

    /// `lock_os_thread(&__SITE).restore_nice().cpu(3)`: the arguments as methods.
    fn plan(&self) -> TokenStream {
        let mixed = Span::mixed_site();
        let (private, site) = (self.runtime.private(mixed), site::name());
        let restore = self.restore.iter().map(|piece| Ident::new(&format!("restore_{piece}"), mixed));
        let check = self.check_full.then(|| quote_spanned!(mixed=> .check_full()));
        let cpu = self.cpu.as_ref().map(|cpu| quote_spanned!(mixed=> .cpu(#cpu)));
        let thread = self.thread.as_ref().map(|thread| match thread {
            Thread::Main => quote_spanned!(mixed=> .main()),
            Thread::Named(name) => quote_spanned!(mixed=> .named(#name)),
        });
        quote_spanned!(mixed=> #private::lock_os_thread(&#site) #(.#restore())* #check #cpu #thread)
    }
}

/// The same attribute for crates that want a reason at each use. Where something else is wrong, that is told first.
pub(crate) fn with_reason(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let expanded = LockOsThread::expand(arguments.clone(), item)?;
    let arguments = arguments::parse(arguments, &mut Faults::default());
    if arguments.iter().any(|argument| argument.key.name == "reason") {
        Ok(expanded)
    } else {
        Err(Error::new(Span::call_site(), STRICT))
    }
}

/// The other thread may outlive whatever the caller lends: the caller may drop the future at any moment.
fn refuse_borrowed(signature: &Signature, faults: &mut Faults) {
    for argument in &signature.inputs {
        match argument {
            FnArg::Receiver(receiver) => {
                if borrows(receiver) {
                    faults.add(Error::new_spanned(receiver, BORROWED_SELF));
                }
            }
            FnArg::Typed(argument) => {
                if let Some(borrow) = borrow::find(&argument.ty) {
                    faults.add(Error::new_spanned(borrow, borrowed_argument(&argument.ty)));
                }
            }
        }
    }
}

fn borrows(receiver: &Receiver) -> bool {
    match &receiver.kind {
        ReceiverKind::Reference(..) => true,
        ReceiverKind::Typed(_, ty) => borrow::find(ty).is_some(),
        _ => false,
    }
}

#[cfg(test)]
#[path = "../tests/lock_os_thread.rs"]
mod tests;
