//! What attributes put round a body, sync and async in one place for all of them.
//!
//! In: a fn, and the `Wrap` that an attribute asks for. Out: what stands in the fn's braces then. `sibling` knows a body that
//! an attribute of ours has been put round already, `boxed_block` the form in which others look for an async one.
//!
//! ```text
//! Input:   fn f(x: u32) -> u32 { BODY }
//! Guard:   fn f(x: u32) -> u32 { SITE { OPEN '__name: { BODY } } }
//! Call:    fn f(x: u32) -> u32 { SITE FUNCTION(VALUES, || -> u32 { BODY }) }
//! Entry:   fn f(x: u32) -> u32 { SITE { LOCALS '__name: { BODY } } }
//! Elsewhere:
//!          fn f(x: u32) -> u32 { SITE sent(&x); PLAN.wait(move || -> u32 { let x = x; '__name: { BODY } }) }
//!
//! Input:   async fn f(x: u32) -> u32 { BODY }
//! Guard, Call:
//!          fn f(x: u32) -> impl Future<Output = u32> { SITE FUNCTION(VALUES, async move { let x = x; RESULT }) }
//! Entry:   as sync: the fn stays async, and the locals are part of its future
//! Elsewhere:
//!          fn f(x: u32) -> impl Future<Output = u32> { SITE carried(&x); PLAN.future(move || async move { .. }) }
//! RESULT:  if false { return of_type::<u32>(); } '__name: { BODY }
//!
//! Input:   fn f(x: u32) -> impl Future<Output = u32> { BODY }, with `future`
//! Output:  fn f(x: u32) -> impl Future<Output = u32> {
//!              SITE let __future: _ = match () { () => '__name_future: { BODY } }; FUNCTION(VALUES, __future)
//!          }
//! ```
//!
//! An async block has the type of the first value that it returns: so its declared type is what the body, its `return`s
//! and `?`s are checked against.
//!
//! The braces of `{ OPEN '__name: { BODY } }` are of this crate's edition, in which temporaries of the last expression
//! drop before the locals: so they drop inside the pair in the crates of every edition, and the declared type, which is
//! not written again, is what the body is checked against. The label keeps the compiler from finding the braces of one
//! expression needless, and tells an attribute that is expanded later where the body begins; see [`sibling`].

mod boxed_block;
pub(crate) mod sibling;

use crate::function::arguments;
use crate::function::{Coverage, Function, output};
use crate::options::Runtime;
use crate::site;
use crate::tokens::{items_come_first, ours_at};
use boxed_block::BoxedBlock;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ReturnType;
use syn::spanned::Spanned;

pub(crate) enum Wrap {
    /// Locals while a call runs, and a future round another.
    Guard(Guard),
    /// A call of the body as a closure, and a future round another.
    Call(Call),
    /// The body on another thread.
    Elsewhere(Elsewhere),
    /// Locals that are a part of the future in an `async fn`.
    Entry(Entry),
    /// Statements in front of the body.
    Before(Before),
}

pub(crate) struct Guard {
    /// Statements that enter the pair, and locals of theirs that leave it when dropped.
    pub(crate) open: TokenStream,
    pub(crate) around: Around,
}

/// `function(values, || { body }, more)`.
pub(crate) struct Call {
    pub(crate) function: TokenStream,
    pub(crate) values: TokenStream,
    pub(crate) more: Option<TokenStream>,
    /// Statements in front of the body, inside.
    pub(crate) first: TokenStream,
    pub(crate) around: Around,
}

/// `function(values, future)`.
#[derive(Default)]
pub(crate) struct Around {
    /// Statements that the values need, run when the fn is called, before its body.
    pub(crate) prepare: TokenStream,
    /// The name of a fn of the runtime.
    pub(crate) function: &'static str,
    pub(crate) values: TokenStream,
    /// Names that the values mention: an argument among them is not unused.
    pub(crate) uses: Vec<Ident>,
    pub(crate) runtime: Runtime,
}

pub(crate) struct Elsewhere {
    /// An expression with the methods `future(build)` and `wait(body)`.
    pub(crate) plan: TokenStream,
    /// Statements in front of the body, on its thread.
    pub(crate) first: TokenStream,
    /// Names that the plan mentions: an argument among them is not unused.
    pub(crate) uses: Vec<Ident>,
    pub(crate) runtime: Runtime,
}

pub(crate) struct Before {
    pub(crate) statements: TokenStream,
    /// The body in braces of its own: its items are not for the statements.
    pub(crate) apart: bool,
}

pub(crate) struct Entry {
    /// The statements that declare the guards; the last is dropped first.
    pub(crate) locals: TokenStream,
    /// Their names, and whether each looks at the result.
    pub(crate) guards: Vec<(Ident, bool)>,
    pub(crate) runtime: Runtime,
}

impl Wrap {
    /// The body of `function` with this round it, under the attribute `name`. The signature becomes what fits it.
    ///
    /// `has_sibling`: in the block of another attribute, which is the one that is named.
    pub(crate) fn round(
        &self,
        function: &mut Function,
        name: &str,
        has_sibling: bool,
        coverage: Coverage,
    ) -> TokenStream {
        let mut emission = Emission { function, name, has_sibling };
        match coverage {
            Coverage::Call => emission.call(self),
            Coverage::Polls { keep_async } => emission.polls(self, keep_async),
            Coverage::ReturnedFuture { boxed } => emission.returned_future(self, boxed),
        }
    }
}

struct Emission<'a> {
    function: &'a mut Function,
    name: &'a str,
    has_sibling: bool,
}

impl Emission<'_> {
    fn call(&mut self, wrap: &Wrap) -> TokenStream {
        match wrap {
            Wrap::Guard(Guard { open, .. }) => self.guard(open),
            Wrap::Call(call) => self.closure_call(call),
            Wrap::Elsewhere(elsewhere) => self.elsewhere(elsewhere),
            Wrap::Entry(entry) => self.entry(entry),
            Wrap::Before(before) => self.before(before),
        }
    }

    fn polls(&mut self, wrap: &Wrap, keep_async: bool) -> TokenStream {
        match wrap {
            Wrap::Guard(Guard { around, .. }) => self.future(around, &TokenStream::new(), keep_async),
            Wrap::Call(Call { around, first, .. }) => self.future(around, first, keep_async),
            Wrap::Elsewhere(elsewhere) => self.future_elsewhere(elsewhere, keep_async),
            Wrap::Entry(entry) => self.entry(entry),
            Wrap::Before(before) => self.before(before),
        }
    }

    /// For a fn that builds its future by hand; asked for with `future`.
    fn returned_future(&mut self, wrap: &Wrap, boxed: bool) -> TokenStream {
        let (mixed, place) = (Span::mixed_site(), self.function.output_span());
        let boxed_block = self.boxed_block_for_others();
        let future =
            if boxed_block.is_some() { self.value_of_body() } else { quote_spanned!(mixed=> __future) };
        let (before, future) = match wrap {
            Wrap::Before(before) => return self.before(before),
            Wrap::Guard(Guard { around, .. }) | Wrap::Call(Call { around, .. }) => {
                (&around.prepare, around.call(self.function.end(), future))
            }
            Wrap::Entry(entry) => (&entry.locals, entry.round_future(future, place)),
            Wrap::Elsewhere(elsewhere) => return self.returned_future_elsewhere(elsewhere, boxed),
        };
        if let Some(boxed_block) = boxed_block {
            return boxed_block.with(&quote_spanned!(mixed=> { #before #future }.await));
        }
        let (body, future) = (self.future_of_body(), pinned(future, boxed));
        quote_spanned!(mixed=> #before #body #[allow(unreachable_code)] #future)
    }

    /// Of a body that is `Box::pin(async move { .. })` and nothing else, as `#[async_trait]` makes them, where another
    /// attribute looks for that (`#[tracing::instrument]`): the whole becomes one such block again.
    fn boxed_block_for_others(&self) -> Option<BoxedBlock> {
        self.function.has_more_attributes().then(|| BoxedBlock::of(&self.function.body)).flatten()
    }

    fn returned_future_elsewhere(&mut self, elsewhere: &Elsewhere, boxed: bool) -> TokenStream {
        let Elsewhere { plan, first, uses, runtime } = elsewhere;
        let (rebinds, checks) = self.arguments("carried", uses, runtime);
        let (mixed, body) = (Span::mixed_site(), self.future_of_body());
        let block =
            quote_spanned!(mixed=> { #first #rebinds #body #[allow(unreachable_code)] __future.await });
        let future = quote_spanned!(mixed=> #plan.future(move || async move #block));
        let future = match self.boxed_block_for_others() {
            Some(boxed_block) => boxed_block.with(&quote_spanned!(mixed=> #future.await)),
            None => pinned(future, boxed),
        };
        quote!(#checks #future)
    }

    /// `let __future: T = ..;`, where the type is what the two futures of an `if` in the body have in common. A body that
    /// diverges is the value of an arm, since clippy reports that of a `let`.
    fn future_of_body(&self) -> TokenStream {
        let (value, ty) = (self.value_of_body(), self.function.declared_type());
        quote_spanned!(Span::mixed_site()=> let __future: #ty = #value;)
    }

    fn value_of_body(&self) -> TokenStream {
        let braces = self.function.braces(self.function.body.clone());
        let block = sibling::future_block(self.name, self.function.start(), braces);
        quote_spanned!(Span::mixed_site()=> match () { () => #block })
    }

    fn guard(&self, locals: &TokenStream) -> TokenStream {
        let block = self.block();
        self.function.braces_of_ours(quote!(#locals #block)).into_token_stream()
    }

    fn closure_call(&self, Call { function, values, more, first, .. }: &Call) -> TokenStream {
        let closure = self.closure(first);
        let place = ours_at(self.function.output_span());
        let more = more.as_ref().map(|more| quote_spanned!(place=> , #more));
        quote_spanned!(place=> #function(#values, #closure #more))
    }

    fn future(&mut self, around: &Around, first: &TokenStream, keep_async: bool) -> TokenStream {
        let rebinds = self.rebinds(&around.uses);
        let block = self.async_block(&around.runtime, &quote!(#first #rebinds));
        let future = around.call(self.function.end(), quote_spanned!(self.whole()=> async move #block));
        self.future_or_await(&around.prepare, &future, keep_async)
    }

    /// The signature without `async`, or the future awaited.
    fn future_or_await(
        &mut self,
        before: &TokenStream,
        future: &TokenStream,
        keep_async: bool,
    ) -> TokenStream {
        if keep_async {
            return quote_spanned!(Span::mixed_site()=> #before #future.await);
        }
        output::take_off_async(&mut self.function.signature);
        quote!(#before #future)
    }

    fn elsewhere(&mut self, Elsewhere { plan, first, uses, runtime }: &Elsewhere) -> TokenStream {
        let (rebinds, checks) = self.arguments("sent", uses, runtime);
        let (block, ty) = (self.block(), self.closure_type());
        let wait = Ident::new("wait", ours_at(self.function.output_span()));
        let inside = self.function.braces_of_ours(quote!(#first #rebinds #block));
        quote_spanned!(Span::mixed_site()=> #checks #plan.#wait(move || -> #ty #inside))
    }

    fn future_elsewhere(&mut self, elsewhere: &Elsewhere, keep_async: bool) -> TokenStream {
        let Elsewhere { plan, first, uses, runtime } = elsewhere;
        let (rebinds, checks) = self.arguments("carried", uses, runtime);
        let block = self.async_block(runtime, &quote!(#first #rebinds));
        let future = Ident::new("future", ours_at(self.function.output_span()));
        let body = quote_spanned!(self.whole()=> async move #block);
        let future = quote_spanned!(Span::mixed_site()=> #plan.#future(move || #body));
        if keep_async {
            // Before the future is awaited, the checks' borrows have to be over.
            return quote_spanned!(Span::mixed_site()=> { #checks #future }.await);
        }
        self.future_or_await(&checks, &future, false)
    }

    /// Where a guard looks at the result, every `return` and `?` has to be seen: the body is called, or awaited.
    fn entry(&self, entry: &Entry) -> TokenStream {
        let (mixed, locals) = (Span::mixed_site(), &entry.locals);
        if !entry.looks_at_result() {
            return self.guard(locals);
        }
        let body = if self.function.signature.asyncness.is_some() {
            let block = self.async_block(&entry.runtime, &TokenStream::new());
            quote_spanned!(self.whole()=> async #block.await)
        } else {
            let (private, closure) = (entry.runtime.private(mixed), self.closure(&TokenStream::new()));
            quote_spanned!(mixed=> #private::call_once(#closure))
        };
        let settle = entry.settle(self.function.output_span());
        quote_spanned!(mixed=> #locals let __result = #body; #settle __result)
    }

    /// After statements of ours the user's items would be items after statements, and lints say so; braces round one
    /// expression are reported as unused.
    fn before(&self, Before { statements, apart }: &Before) -> TokenStream {
        let body = &self.function.body;
        if *apart || self.has_sibling {
            let block = self.block();
            return quote!(#statements #block);
        }
        if items_come_first(body) {
            let block = self.function.braces(body.clone());
            return quote!(#statements #block);
        }
        quote!(#statements #body)
    }

    /// `'__name: { BODY }`
    fn block(&self) -> TokenStream {
        let braces = self.function.braces(self.function.body.clone());
        sibling::block(self.name, self.function.start(), braces)
    }

    /// `|| -> T { FIRST BODY }`
    fn closure(&self, first: &TokenStream) -> TokenStream {
        let (mixed, ty) = (Span::mixed_site(), self.closure_type());
        let block = if first.is_empty() && !self.function.has_more_attributes() {
            self.function.braces(self.function.body.clone())
        } else {
            let block = self.block();
            self.function.braces_of_ours(quote!(#first #block))
        };
        quote_spanned!(mixed=> || -> #ty #block)
    }

    fn closure_type(&self) -> TokenStream {
        match &self.function.signature.output {
            ReturnType::Type(_, ty) if self.function.never_returns() => ty.to_token_stream(),
            _ => self.function.declared_type(),
        }
    }

    /// The block is the user's body to whoever reads that `?` has no business in it.
    fn whole(&self) -> Span {
        ours_at(self.function.body_span())
    }

    /// `{ FIRST RESULT }`: an async block knows the declared type from what stands in it alone.
    fn async_block(&self, runtime: &Runtime, first: &TokenStream) -> TokenStream {
        let (function, block) = (&self.function, self.block());
        let declaration = match &function.signature.output {
            _ if function.never_returns() => TokenStream::new(),
            ReturnType::Default => {
                quote_spanned!(ours_at(function.signature.ident.span())=> if false { return; })
            }
            // "return type inferred to be `T` here" is said where it is declared.
            ReturnType::Type(_, declared) => {
                let place = ours_at(declared.span());
                let (private, ty) = (runtime.private(place), function.declared_type());
                quote_spanned!(place=> if false { return #private::of_type::<#ty>(); })
            }
        };
        function.braces_of_ours(quote!(#first #declaration #block)).into_token_stream()
    }

    fn rebinds(&mut self, uses: &[Ident]) -> TokenStream {
        let keep_patterns = self.function.has_more_attributes() || self.function.never_returns();
        let uses = [uses, &self.function.names_in_more_attributes()].concat();
        arguments::rebind_arguments(&mut self.function.signature, &uses, keep_patterns)
    }

    /// The arguments moved in, and what is checked of them before.
    fn arguments(&mut self, check: &str, uses: &[Ident], runtime: &Runtime) -> (TokenStream, TokenStream) {
        let rebinds = self.rebinds(uses);
        let mut checks = TokenStream::new();
        for variable in arguments::variables(&self.function.signature) {
            let (name, cfg, place) = (&variable.name, &variable.configuration, ours_at(variable.place));
            let (private, check) = (runtime.private(place), Ident::new(check, place));
            let allow = arguments::keeps_unused(name);
            checks.extend(quote_spanned!(place=> #cfg #allow #private::#check(&#name);));
        }
        (rebinds, checks)
    }
}

fn pinned(future: TokenStream, boxed: bool) -> TokenStream {
    if !boxed {
        return future;
    }
    quote_spanned!(Span::mixed_site()=> ::std::boxed::Box::pin(#future))
}

impl Around {
    /// What the borrow checker says of the future is said at `place`.
    fn call(&self, place: Span, future: impl ToTokens) -> TokenStream {
        let (place, values) = (ours_at(place), &self.values);
        let (private, function) = (self.runtime.private(place), Ident::new(self.function, place));
        quote_spanned!(place=> #private::#function(#values, #future))
    }
}

impl Entry {
    fn looks_at_result(&self) -> bool {
        self.guards.iter().any(|(_, looks)| *looks)
    }

    fn settle(&self, place: Span) -> TokenStream {
        let guards = self.guards.iter().filter(|(_, looks)| *looks).map(|(guard, _)| guard);
        quote_spanned!(ours_at(place)=> #(#guards.settle(&__result);)*)
    }

    /// The first guard is the outermost.
    fn round_future(&self, mut future: TokenStream, place: Span) -> TokenStream {
        let (private, site) = (self.runtime.private(ours_at(place)), site::name());
        for (guard, looks) in self.guards.iter().rev() {
            let guarded = Ident::new(if *looks { "guarded_outcome" } else { "guarded" }, ours_at(place));
            future = quote_spanned!(ours_at(place)=> #private::#guarded(&#site, #guard, #future));
        }
        future
    }
}
