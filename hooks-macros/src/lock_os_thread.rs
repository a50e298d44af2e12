//! `#[lock_os_thread(..)]`: the OS thread kept, its state given back, async bodies on a thread of their own.

mod advice;
mod options;

use crate::args;
use crate::asyncness::{self, Coverage};
use crate::borrowed;
use crate::fallback::Faults;
use crate::function::{Around, Elsewhere, Function, Pair};
use crate::names::mentioned_names;
use crate::site;
use advice::{BORROWED_SELF, borrowed_argument};
use options::{Options, Thread};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Error, FnArg, Receiver, ReceiverKind, Signature};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let mut faults = Faults::default();
    let arguments = args::parse(arguments, &mut faults);
    let function = faults.take(syn::parse2::<Function>(item));
    let Some(function) = function else { return Err(faults.into_result().expect_err("no fn was parsed")) };
    let options = Options::validate(&arguments, &function.signature, &mut faults);
    faults.take(function.refuse_const());
    let coverage = faults.take(asyncness::coverage(&function, &options.asked)).unwrap_or(Coverage::Call);
    if coverage != Coverage::Call {
        refuse_borrowed(&function.signature, &mut faults);
    }
    options.refuse_bare(&mut faults);
    faults.into_result()?;
    let site = site::emit_with_reason(
        "lock_os_thread",
        &options.listed(),
        &function.signature.ident,
        options.reason.as_deref(),
    );
    if coverage == Coverage::Call && options.thread.is_none() {
        return Ok(in_place(&options, function, site));
    }
    let first = token_elsewhere(&options);
    let uses = options.cpu.map(|cpu| mentioned_names(cpu.to_token_stream())).unwrap_or_default();
    let elsewhere = Elsewhere { site, plan: plan(&options), first, uses: &uses, runtime: &options.runtime };
    Ok(function.expand_elsewhere(&elsewhere, coverage))
}

/// The body stays where it is called, between a scope's two ends.
fn in_place(options: &Options, function: Function, site: TokenStream) -> TokenStream {
    let (mixed, plan) = (Span::mixed_site(), plan(options));
    let open = if let Some(token) = &options.token {
        quote_spanned!(mixed=> let __scope = #plan.scope(); let #token = __scope.token();)
    } else {
        quote_spanned!(mixed=> let __scope = #plan.scope();)
    };
    let none = TokenStream::new;
    let around = Around { prepare: none(), function: none(), values: none() };
    function.expand(&Pair { site, open, uses: Vec::new(), around }, Coverage::Call)
}

fn token_elsewhere(options: &Options) -> TokenStream {
    let Some(token) = &options.token else { return TokenStream::new() };
    let private = options.runtime.private(Span::mixed_site());
    quote_spanned!(Span::mixed_site()=> let __locked = #private::token(); let #token = &__locked;)
}

/// `lock_os_thread(&__SITE).restore_nice().cpu(3)`: the arguments as methods.
fn plan(options: &Options) -> TokenStream {
    let mixed = Span::mixed_site();
    let (private, site) = (options.runtime.private(mixed), site::name());
    let restore = options.restore.iter().map(|piece| Ident::new(&format!("restore_{piece}"), mixed));
    let check = options.check_full.then(|| quote_spanned!(mixed=> .check_full()));
    let cpu = options.cpu.map(|cpu| quote_spanned!(mixed=> .cpu(#cpu)));
    let thread = options.thread.as_ref().map(|thread| match thread {
        Thread::Main => quote_spanned!(mixed=> .main()),
        Thread::Named(name) => quote_spanned!(mixed=> .named(#name)),
    });
    quote_spanned!(mixed=> #private::lock_os_thread(&#site) #(.#restore())* #check #cpu #thread)
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
                if let Some(borrow) = borrowed::find(&argument.ty) {
                    faults.add(Error::new_spanned(borrow, borrowed_argument(&argument.ty)));
                }
            }
        }
    }
}

fn borrows(receiver: &Receiver) -> bool {
    match &receiver.kind {
        ReceiverKind::Reference(..) => true,
        ReceiverKind::Typed(_, ty) => borrowed::find(ty).is_some(),
        _ => false,
    }
}

#[cfg(test)]
#[path = "tests/lock_os_thread.rs"]
mod tests;
