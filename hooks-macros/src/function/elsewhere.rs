//! The annotated fn with its body on another thread.
//!
//! ```text
//! Input:   async fn f(x: u32) -> u32 { BODY }
//! Output:  fn f(x: u32) -> impl Future<Output = u32> {
//!              static __SITE ..;
//!              carried(&x);
//!              PLAN.future(move || async move {
//!                  let x = x;
//!                  let __result: u32 = { if let Some(__result) = None::<u32> { return __result } BODY };
//!                  __result
//!              })
//!          }
//!
//! Input:   fn f(x: &str) -> u32 { BODY }
//! Output:  fn f(x: &str) -> u32 {
//!              static __SITE ..;
//!              sent(&x);
//!              PLAN.wait(move || -> u32 { let x = x; let __result: u32 = { BODY }; __result })
//!          }
//! ```

use super::{Function, ours_at};
use crate::asyncness::{self, Coverage};
use crate::names::bound_names;
use crate::runtime::Runtime;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, Pat};

/// Where the body goes.
pub(crate) struct Elsewhere<'a> {
    pub(crate) site: TokenStream,
    /// An expression with the methods `future(build)` and `wait(body)`.
    pub(crate) plan: TokenStream,
    /// Statements in front of the body, on its thread.
    pub(crate) first: TokenStream,
    /// Names that the plan mentions: an argument among them is not unused.
    pub(crate) uses: &'a [Ident],
    pub(crate) runtime: &'a Runtime,
}

impl Function {
    /// The fn with its body where `elsewhere` says: a future for what has polls, and else the caller waits.
    pub(crate) fn expand_elsewhere(mut self, elsewhere: &Elsewhere<'_>, coverage: Coverage) -> TokenStream {
        let wrapped = match coverage {
            Coverage::Call => self.body_waited_for(elsewhere),
            Coverage::Polls { keep_async } => self.body_in_future(elsewhere, keep_async),
            Coverage::ReturnedFuture { boxed } => self.body_of_future(elsewhere, boxed),
        };
        let site = &elsewhere.site;
        self.with_body(&quote!(#site #wrapped))
    }

    fn body_waited_for(
        &mut self,
        Elsewhere { plan, first, uses, runtime, .. }: &Elsewhere<'_>,
    ) -> TokenStream {
        let rebinds = asyncness::rebind_arguments(&mut self.signature, uses, false);
        let checks = self.argument_checks("sent", runtime);
        let result = self.result(&quote_spanned!(Span::mixed_site()=> let _ = ();));
        let output = match &self.signature.output {
            syn::ReturnType::Type(_, ty) if self.never_returns() => ty.to_token_stream(),
            _ => self.declared_type(),
        };
        let wait = Ident::new("wait", ours_at(self.output_span()));
        quote_spanned!(Span::mixed_site()=> #checks #plan.#wait(move || -> #output { #first #rebinds #result }))
    }

    fn body_in_future(&mut self, elsewhere: &Elsewhere<'_>, keep_async: bool) -> TokenStream {
        let Elsewhere { plan, first, uses, runtime, .. } = elsewhere;
        let rebinds = asyncness::rebind_arguments(&mut self.signature, uses, keep_async);
        let checks = self.argument_checks("carried", runtime);
        let result = self.result(&self.returned_type_hint());
        // The block is the user's body to whoever reads that `?` has no business in it.
        let body = quote_spanned!(ours_at(self.brace.span.join())=> async move { #first #rebinds #result });
        let future = Ident::new("future", ours_at(self.output_span()));
        let future = quote_spanned!(Span::mixed_site()=> #plan.#future(move || #body));
        if keep_async {
            return quote_spanned!(Span::mixed_site()=> { #checks #future }.await);
        }
        asyncness::remove(&mut self.signature);
        quote!(#checks #future)
    }

    /// For a fn that builds its future by hand; asked for with `future`.
    fn body_of_future(&mut self, elsewhere: &Elsewhere<'_>, boxed: bool) -> TokenStream {
        let Elsewhere { plan, first, uses, runtime, .. } = elsewhere;
        let mixed = Span::mixed_site();
        let rebinds = asyncness::rebind_arguments(&mut self.signature, uses, false);
        let checks = self.argument_checks("carried", runtime);
        let (body, ty) = (self.brace(self.body.clone()), self.declared_type());
        let built = quote_spanned!(mixed=> let __future: #ty = #body; __future.await);
        let future = quote_spanned!(mixed=> #plan.future(move || async move { #first #rebinds #built }));
        if boxed {
            return quote_spanned!(mixed=> #checks ::std::boxed::Box::pin(#future));
        }
        quote!(#checks #future)
    }

    /// `carried(&x);` for each argument, shown at its type.
    fn argument_checks(&self, function: &str, runtime: &Runtime) -> TokenStream {
        let mut checks = TokenStream::new();
        let mut check = |name: &TokenStream, cfg: &TokenStream, place: Span| {
            let place = ours_at(place);
            let (private, function) = (runtime.private(place), Ident::new(function, place));
            let allow = asyncness::keeps_unused(name);
            checks.extend(quote_spanned!(place=> #cfg #allow #private::#function(&#name);));
        };
        for argument in &self.signature.inputs {
            match argument {
                FnArg::Receiver(receiver) => {
                    check(&quote!(self), &TokenStream::new(), receiver.self_token.span);
                }
                FnArg::Typed(argument) => {
                    let (cfg, place) = (asyncness::configuration(argument), argument.ty.span());
                    for name in variables(&argument.pat) {
                        check(&name, &cfg, place);
                    }
                }
            }
        }
        checks
    }
}

/// A plain name of ours, or what the user's pattern binds.
fn variables(pattern: &Pat) -> Vec<TokenStream> {
    match pattern {
        Pat::Verbatim(name) => vec![name.clone()],
        pattern => bound_names(pattern).iter().map(ToTokens::to_token_stream).collect(),
    }
}
