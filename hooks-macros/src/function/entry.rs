//! A pair that is a few locals at the body's entry, with no future of its own: an `async fn` stays one.
//!
//! ```text
//! Input:   fn f(x: u32) -> u32 { BODY }
//! Output:  fn f(x: u32) -> u32 {
//!              static __SITE ..;
//!              let __guard = ..;
//!              let __result: u32 = { __guard.enter(); BODY };
//!              __result
//!          }
//!
//! Where a guard looks at the result, every `return` and `?` has to be seen:
//!              let __result: Option<u32> = call_once(|| -> Option<u32> { BODY });
//!              // async { let __result: Option<u32> = { BODY }; __result }.await
//!              __guard.settle(&__result);
//!              __result
//! ```

use super::{Function, ours_at};
use crate::asyncness::Coverage;
use crate::runtime::Runtime;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

/// What is held while the body runs.
pub(crate) struct Entry<'a> {
    pub(crate) site: TokenStream,
    /// The statements that declare the guards; the last is dropped first.
    pub(crate) locals: TokenStream,
    /// Their names, and whether each looks at the result.
    pub(crate) guards: Vec<(Ident, bool)>,
    pub(crate) runtime: &'a Runtime,
}

impl Entry<'_> {
    fn looks_at_result(&self) -> bool {
        self.guards.iter().any(|(_, looks)| *looks)
    }

    fn enter(&self) -> TokenStream {
        let guards = self.guards.iter().map(|(guard, _)| guard);
        quote_spanned!(Span::mixed_site()=> #(#guards.enter();)*)
    }

    fn settle(&self, place: Span) -> TokenStream {
        let guards = self.guards.iter().filter(|(_, looks)| *looks).map(|(guard, _)| guard);
        quote_spanned!(ours_at(place)=> #(#guards.settle(&__result);)*)
    }
}

impl Function {
    /// The fn with `entry` held while its body, or the future that it returns, runs.
    pub(crate) fn expand_entry(&self, entry: &Entry<'_>, coverage: Coverage) -> TokenStream {
        let (site, locals) = (&entry.site, &entry.locals);
        let result = match coverage {
            Coverage::ReturnedFuture { boxed } => self.future_with(entry, boxed),
            _ if entry.looks_at_result() => self.settled_result(entry),
            _ => self.result(&entry.enter()),
        };
        self.with_body(&quote!(#site #locals #result))
    }

    fn settled_result(&self, entry: &Entry<'_>) -> TokenStream {
        let mixed = Span::mixed_site();
        let ty = self.declared_type();
        let body = if self.signature.asyncness.is_some() {
            // With a type of its own, so that the body's value is coerced to it.
            let result = self.result(&self.returned_type_hint());
            quote_spanned!(ours_at(self.brace.span.join())=> async { #result }.await)
        } else {
            let (private, block) = (entry.runtime.private(mixed), self.brace(self.body.clone()));
            quote_spanned!(mixed=> #private::call_once(|| -> #ty #block))
        };
        let settle = entry.settle(self.output_span());
        quote_spanned!(mixed=> let __result: #ty = #body; #settle __result)
    }

    /// For a fn that builds its future by hand: the first guard is the outermost.
    fn future_with(&self, entry: &Entry<'_>, boxed: bool) -> TokenStream {
        let mixed = Span::mixed_site();
        let (body, ty) = (self.brace(self.body.clone()), self.declared_type());
        let place = ours_at(self.output_span());
        let private = entry.runtime.private(place);
        let mut future = quote_spanned!(mixed=> __future);
        for (guard, looks) in entry.guards.iter().rev() {
            future = if *looks {
                quote_spanned!(place=> #private::guarded_outcome(#guard, #future))
            } else {
                quote_spanned!(place=> #private::guarded(#guard, #future))
            };
        }
        let future = if boxed { quote_spanned!(mixed=> ::std::boxed::Box::pin(#future)) } else { future };
        let enter = entry.enter();
        quote_spanned!(mixed=> #enter let __future: #ty = #body; #future)
    }
}
