//! The annotated fn: signature parsed, body an opaque run of tokens, sync and async wrapped in one place for all
//! attributes.
//!
//! ```text
//! Input:   fn f(x: u32) -> u32 { BODY }
//! Output:  fn f(x: u32) -> u32 {
//!              static __SITE ..;
//!              OPEN
//!              let __result: u32 = { let _ = (); BODY };
//!              #[allow(unreachable_code)]
//!              __result
//!          }
//!
//! Input:   async fn f(x: u32) -> u32 { BODY }
//! Output:  fn f(x: u32) -> impl Future<Output = u32> {
//!              static __SITE ..;
//!              AROUND(async move {
//!                  let x = x;
//!                  let __result: u32 = { if let Some(__result) = None::<u32> { return __result } BODY };
//!                  #[allow(unreachable_code)]
//!                  __result
//!              })
//!          }
//! ```

mod called;
mod elsewhere;
mod entry;

use crate::asyncness::{self, Coverage};
use crate::items;
use crate::keep_alive;
use crate::tokens::is_one_of;
use crate::types;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, Error, ReturnType, Signature, Token, Visibility, braced};

pub(crate) use called::Called;
pub(crate) use elsewhere::Elsewhere;
pub(crate) use entry::Entry;

pub(crate) struct Function {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    pub(crate) signature: Signature,
    brace: syn::token::Brace,
    inner_attributes: Vec<Attribute>,
    pub(crate) body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        refuse_other_items(input)?;
        let signature: Signature = input.parse()?;
        if input.peek(Token![;]) {
            return Err(Error::new(signature.ident.span(), NO_BODY));
        }
        let body;
        let brace = braced!(body in input);
        let mut function = Function {
            attributes,
            visibility,
            signature,
            brace,
            inner_attributes: body.call(Attribute::parse_inner)?,
            body: body.parse()?,
        };
        keep_alive::absorb(&mut function);
        Ok(function)
    }
}

const NO_BODY: &str =
    "this fn has no body to put the pair round: give it one, or put the attribute on the fn that has it";

/// Before a `fn` there are only words and an ABI; a fault after it is a fault of the fn, and syn's to tell.
fn refuse_other_items(input: ParseStream) -> syn::Result<()> {
    const BEFORE: [&str; 7] = ["const", "async", "gen", "unsafe", "safe", "extern", "default"];
    let ahead = input.fork();
    while ahead.peek(syn::LitStr) || ahead.peek(Ident::peek_any) {
        match ahead.parse::<TokenTree>()? {
            TokenTree::Ident(word) if word == "fn" => return Ok(()),
            TokenTree::Ident(word) if !is_one_of(&word, &BEFORE) => break,
            _ => {}
        }
    }
    Err(input.error("this attribute goes on a fn, a method or a trait method with a body: move it there"))
}

/// What an attribute puts round a body.
pub(crate) struct Pair {
    /// The record of the use.
    pub(crate) site: TokenStream,
    /// Sync: statements that enter the pair, and locals of theirs that leave it when dropped.
    pub(crate) open: TokenStream,
    /// Names that the values mention: an argument among them is not unused.
    pub(crate) uses: Vec<Ident>,
    /// Async: a fn from a future to the future that carries the pair, with all but its last argument.
    pub(crate) around: Around,
}

/// `function(site and values.., future)`.
pub(crate) struct Around {
    /// Statements that the values need, run when the fn is called, before its body.
    pub(crate) prepare: TokenStream,
    pub(crate) function: TokenStream,
    pub(crate) values: TokenStream,
}

impl Around {
    /// What the borrow checker says of the future is said at `place`.
    fn call(&self, place: Span, future: impl ToTokens) -> TokenStream {
        let Around { function, values, .. } = self;
        let function = function.clone().into_iter().map(|mut token| {
            token.set_span(token.span().located_at(place));
            token
        });
        let arguments = quote_spanned!(ours_at(place)=> (#values, #future));
        quote!(#(#function)* #arguments)
    }
}

impl Function {
    /// The faults of a fn that no pair can be put round.
    pub(crate) fn refuse_const(&self) -> syn::Result<()> {
        let Some(constness) = &self.signature.constness else { return Ok(()) };
        Err(Error::new(
            constness.span,
            "a `const fn` has no run time to put the pair round: remove `const`, or annotate its caller",
        ))
    }

    pub(crate) fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    pub(crate) fn attributes_mut(&mut self) -> &mut Vec<Attribute> {
        &mut self.attributes
    }

    /// The fn with `pair` round its body.
    pub(crate) fn expand(mut self, pair: &Pair, coverage: Coverage) -> TokenStream {
        let site = &pair.site;
        let wrapped = match coverage {
            Coverage::Call => self.sync_body(&pair.open),
            Coverage::Polls { keep_async } => self.async_body(&pair.around, &pair.uses, keep_async),
            Coverage::ReturnedFuture { boxed } => self.returned_future(&pair.around, boxed),
        };
        self.with_body(&quote!(#site #wrapped))
    }

    /// The fn with `body` in its braces.
    pub(crate) fn with_body(&self, body: &TokenStream) -> TokenStream {
        let Function { attributes, visibility, signature, inner_attributes, .. } = self;
        // What `#[inline(always)]` is said of, clippy sees by a body's first statement, and passes over one that is an item.
        let first = self.is_always_inlined().then(|| quote_spanned!(Span::mixed_site()=> let _ = ();));
        let block = self.brace(quote!(#(#inner_attributes)* #first #body));
        quote!(#(#attributes)* #visibility #signature #block)
    }

    pub(crate) fn track_caller(&self) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.path().is_ident("track_caller"))
    }

    fn is_always_inlined(&self) -> bool {
        let mut inlines = self.attributes.iter().filter(|attribute| attribute.path().is_ident("inline"));
        inlines.any(|attribute| attribute.parse_args::<Ident>().is_ok_and(|word| word == "always"))
    }

    fn sync_body(&self, open: &TokenStream) -> TokenStream {
        let mixed = Span::mixed_site();
        // A statement of ours inside the user's braces: without one, `{ x + 1 }` is reported as unused braces.
        let result = self.result(&quote_spanned!(mixed=> let _ = ();));
        quote_spanned!(mixed=> #open #result)
    }

    fn async_body(&mut self, around: &Around, uses: &[Ident], keep_async: bool) -> TokenStream {
        let rebinds = asyncness::rebind_arguments(&mut self.signature, uses, keep_async);
        let result = self.result(&self.returned_type_hint());
        // The block is the user's body to whoever reads that `?` has no business in it.
        let body = ours_at(self.brace.span.join());
        let future = around.call(self.end(), quote_spanned!(body=> async move { #rebinds #result }));
        let prepare = &around.prepare;
        if keep_async {
            return quote_spanned!(Span::mixed_site()=> #prepare #future.await);
        }
        asyncness::remove(&mut self.signature);
        quote!(#prepare #future)
    }

    /// For a fn that builds its future by hand; asked for with `future`.
    fn returned_future(&self, around: &Around, boxed: bool) -> TokenStream {
        let mixed = Span::mixed_site();
        let (prepare, body, ty) = (&around.prepare, self.brace(self.body.clone()), self.declared_type());
        let wrapped = around.call(self.end(), quote_spanned!(mixed=> __future));
        let wrapped = if boxed { quote_spanned!(mixed=> ::std::boxed::Box::pin(#wrapped)) } else { wrapped };
        quote_spanned!(mixed=> #prepare let __future: #ty = #body; #wrapped)
    }

    /// The body as the initialiser of a `let`, so that temporaries of its last expression are dropped inside the pair
    /// in every edition, and so that the declared type is what the body is checked against.
    fn result(&self, first: &TokenStream) -> TokenStream {
        let body = &self.body;
        // Before the user's items a statement of ours would make them items after statements, and lints say so.
        let (before, inside) =
            if items::come_first(body) { (Some(first), None) } else { (None, Some(first)) };
        let block = self.brace(quote!(#inside #body));
        if self.never_returns() {
            return quote!(#before #block);
        }
        let ty = self.declared_type();
        // What the borrow checker says of the value is said where the body ends.
        let result = Ident::new("__result", ours_at(self.end()));
        quote_spanned!(Span::mixed_site()=> #before let #result: #ty = #block; #[allow(unreachable_code)] #result)
    }

    /// `body` after statements of ours: in braces where it begins with items, and else as it is, since braces round one
    /// expression are reported as unused.
    pub(crate) fn followed(&self, body: TokenStream) -> TokenStream {
        if items::come_first(&body) { self.brace(body).into_token_stream() } else { body }
    }

    /// Inside an async block `return` and `?` learn their type from this alone.
    ///
    /// "return type inferred to be `T` here" is said where it is declared.
    fn returned_type_hint(&self) -> TokenStream {
        let ReturnType::Type(_, declared) = &self.signature.output else {
            return quote_spanned!(ours_at(self.signature.ident.span())=> if false { return; });
        };
        if self.never_returns() || !asyncness::may_return(&self.body) {
            return quote_spanned!(Span::mixed_site()=> let _ = (););
        }
        let ty = self.declared_type();
        quote_spanned! {ours_at(declared.span())=>
            if let ::core::option::Option::Some(__result) = ::core::option::Option::None::<#ty> { return __result; }
        }
    }

    /// Where the fn says what it returns.
    fn output_span(&self) -> Span {
        match &self.signature.output {
            ReturnType::Type(_, ty) => ty.span(),
            ReturnType::Default => self.signature.ident.span(),
        }
    }

    /// The end of the body.
    ///
    /// Not its last token: in half-typed code that may be one of rust-analyzer's own, and what lies there is removed.
    fn end(&self) -> Span {
        self.brace.span.close()
    }

    pub(crate) fn never_returns(&self) -> bool {
        asyncness::never_returns(&self.signature.output)
    }

    pub(crate) fn declared_type(&self) -> TokenStream {
        match &self.signature.output {
            ReturnType::Default => quote_spanned!(Span::mixed_site()=> ()),
            ReturnType::Type(_, ty) => types::inferred(ty.to_token_stream()),
        }
    }

    /// The user's own braces round `tokens`: with ours, the edition of *this* crate would decide when temporaries
    /// drop, and `dead_code` would be lost.
    pub(crate) fn brace(&self, tokens: TokenStream) -> Group {
        let mut group = Group::new(Delimiter::Brace, tokens);
        group.set_span(self.brace.span.join());
        group
    }
}

/// Names resolve as ours, and whatever is reported is shown at `place`.
pub(crate) fn ours_at(place: Span) -> Span {
    Span::mixed_site().located_at(place)
}
