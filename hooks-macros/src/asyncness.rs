//! How a fn comes to be async, and how `async` is taken off so that no second state machine is built.

use crate::advice::meant_as_label;
use crate::args::Argument;
use crate::function::{Function, ours_at};
use crate::names::{bound_names, for_each_binding};
use crate::returned_future::{self, ReturnedFuture};
use crate::tokens::is_one_of;
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Error, FnArg, Pat, PatIdent, PatType, ReturnType, Signature, Token, Type};

/// What of the fn the pair covers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coverage {
    /// The call, from entry to return.
    Call,
    /// Each poll, and the drop, of the future of an `async fn`.
    Polls { keep_async: bool },
    /// Each poll, and the drop, of the future that a sync fn returns.
    ReturnedFuture { boxed: bool },
}

/// What the user wrote: `future`, `call` or neither.
#[derive(Default)]
pub(crate) enum Asked {
    #[default]
    Nothing,
    Future(Ident),
    Call(Ident),
}

impl Asked {
    /// The option `future` or `call`.
    pub(crate) fn of(argument: &Argument) -> Self {
        match &argument.key.ident {
            Some(word) if word == "future" => Asked::Future(word.clone()),
            Some(word) if word == "call" => Asked::Call(word.clone()),
            _ => Asked::Nothing,
        }
    }
}

/// Never guesses: a sync fn that visibly returns a future is covered as the user says, or refused.
pub(crate) fn coverage(function: &Function, asked: &Asked) -> syn::Result<Coverage> {
    let signature = &function.signature;
    let returned = returned_future::of(signature);
    let refuse = |word: &Ident, advice| {
        Err(Error::new(word.span(), format!("{advice}{}", meant_as_label(word, signature))))
    };
    match (signature.asyncness.is_some(), returned, asked) {
        (true, _, Asked::Future(word) | Asked::Call(word)) => refuse(word, ALWAYS_POLLS),
        (true, _, Asked::Nothing) => Ok(Coverage::Polls { keep_async: must_keep(function) }),
        (false, ReturnedFuture::No, Asked::Future(word)) => refuse(word, NO_FUTURE),
        (false, ReturnedFuture::No, Asked::Nothing) | (false, _, Asked::Call(_)) => Ok(Coverage::Call),
        (false, ReturnedFuture::OutOfReach, Asked::Future(word)) => refuse(word, OUT_OF_REACH),
        (false, ReturnedFuture::Inside, Asked::Future(word)) => refuse(word, INSIDE),
        (false, returned, Asked::Future(_)) => {
            refuse_return(&function.body)?;
            Ok(Coverage::ReturnedFuture { boxed: returned == ReturnedFuture::Boxed })
        }
        (false, returned, Asked::Nothing) => Err(say_which(&signature.ident, returned)),
    }
}

const ALWAYS_POLLS: &str = "an `async fn` is always covered poll by poll: remove this word";
const NO_FUTURE: &str = "this fn does not visibly return a future (`impl Future`, `Pin<Box<dyn Future>>`, \
                         `BoxFuture`), so its call is covered: remove this word or write such a type";
const OUT_OF_REACH: &str = "the polls of what this fn returns cannot be covered: write `call` to cover only the call, \
                            or return `impl Future`, `Pin<Box<dyn Future>>` or `BoxFuture`";
const INSIDE: &str = "the polls of a future inside another type cannot be covered: write `call` to cover only the call, \
                      and annotate the `async fn` that makes the future to cover its polls";

/// At the fn's name: where `#[async_trait]` wrote the type, its span is of that attribute.
fn say_which(name: &Ident, returned: ReturnedFuture) -> Error {
    let (what, advice) = match returned {
        ReturnedFuture::OutOfReach => (
            "a future",
            "add `call` to cover only the call, or return `impl Future`, `Pin<Box<dyn Future>>` or `BoxFuture` and \
             add `future` to cover the future's polls",
        ),
        ReturnedFuture::Inside => (
            "a type that holds or makes a future",
            "add `call` to cover only the call, and annotate the `async fn` that makes the future to cover its polls",
        ),
        _ => {
            ("a future", "add `future` to cover the future's polls, or `call` to cover only its construction")
        }
    };
    let advice = format!("`{name}` returns {what}, so its call ends before its work begins: {advice}");
    Error::new(name.span(), advice)
}

/// With `future` the body's value is wrapped; a `return` would hand out its future unwrapped.
///
/// The `return`s of async blocks and closures are their own.
fn refuse_return(body: &TokenStream) -> syn::Result<()> {
    let mut own = true;
    let mut value_before = false;
    for token in body.clone() {
        match &token {
            TokenTree::Ident(word) if own && word == "return" => return Err(Error::new(word.span(), RETURN)),
            TokenTree::Ident(word) if word == "async" => own = false,
            // After a value `|` is the operator, elsewhere it opens a closure.
            TokenTree::Punct(mark) if mark.as_char() == '|' && !value_before => own = false,
            TokenTree::Punct(mark) if mark.as_char() == ';' => own = true,
            TokenTree::Group(group) if own => refuse_return(&group.stream())?,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => own = true,
            _ => {}
        }
        value_before = match &token {
            TokenTree::Ident(word) => word != "move" && word != "return",
            TokenTree::Punct(_) => false,
            _ => true,
        };
    }
    Ok(())
}

const RETURN: &str =
    "with `future` the fn's last expression is what is covered: end with the future instead of `return`";

/// Whether there can be a `return` in `body`: written, as `?`, or by a macro.
pub(crate) fn may_return(body: &TokenStream) -> bool {
    body.clone().into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "return",
        TokenTree::Punct(mark) => matches!(mark.as_char(), '?' | '!'),
        TokenTree::Group(group) => may_return(&group.stream()),
        TokenTree::Literal(_) => false,
    })
}

/// Whether `async` has to stay on the fn, at the price of a second state machine.
fn must_keep(function: &Function) -> bool {
    // `!` may not stand in `impl Future<Output = !>`. Whatever looks for `async` below us (`#[tokio::test]`, another
    // pair of ours) must find it. `#[must_use]` on an async fn speaks of its output, `#[track_caller]` of its polls.
    never_returns(&function.signature.output) || !function.attributes().iter().all(is_inert)
}

/// `-> !`.
pub(crate) fn never_returns(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, ty) if matches!(ungrouped(ty), Type::Never(_)))
}

/// The type itself where a `macro_rules!` passed it on as `$ty:ty`.
fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        ty => ty,
    }
}

fn is_inert(attribute: &Attribute) -> bool {
    const INERT: [&str; 11] = [
        "allow",
        "cfg",
        "cold",
        "deny",
        "deprecated",
        "doc",
        "expect",
        "forbid",
        "inline",
        "warn",
        "automatically_derived",
    ];
    const TOOLS: [&str; 4] = ["clippy", "diagnostic", "rust_analyzer", "rustfmt"];
    let path = attribute.path();
    let first = &path.segments[0].ident;
    if path.segments.len() == 1 { is_one_of(first, &INERT) } else { is_one_of(first, &TOOLS) }
}

/// `async fn f() -> T` to `fn f() -> impl Future<Output = T>`.
///
/// The header ends where the user's did, since that is the place of every lint about the fn.
pub(crate) fn remove(signature: &mut Signature) {
    signature.asyncness = None;
    let (output, first, last) = match &signature.output {
        ReturnType::Default => {
            let close = signature.paren_token.span.close();
            (quote_spanned!(Span::mixed_site()=> ()), close, close)
        }
        ReturnType::Type(_, ty) => (ty.to_token_stream(), ty.span(), last_span(ty.to_token_stream())),
    };
    // `impl` at our span: this crate's edition 2024 captures every lifetime, as the async fn did, in older editions too.
    let mut future = quote_spanned!(ours_at(first)=> impl ::core::future::Future<Output = #output);
    future.extend(quote_spanned!(last=> >));
    signature.output = ReturnType::Type(Token![->](Span::mixed_site()), Box::new(Type::Verbatim(future)));
}

fn last_span(tokens: TokenStream) -> Span {
    match tokens.into_iter().last() {
        Some(TokenTree::Group(group)) => group.span_close(),
        Some(token) => token.span(),
        None => Span::call_site(),
    }
}

/// Moves every argument into the async block, so that it drops there and in the plain fn's order.
///
/// A pattern is taken apart inside: the signature keeps a plain name in its place. With `keep_patterns` it stays where
/// it is, because the next attribute may name its parts, and what it binds is moved.
/// `uses`: what a value outside has mentioned already, so that an argument that only a label uses is used.
pub(crate) fn rebind_arguments(
    signature: &mut Signature,
    uses: &[Ident],
    keep_patterns: bool,
) -> TokenStream {
    let mut rebinds = TokenStream::new();
    for (index, argument) in signature.inputs.iter_mut().enumerate() {
        rebinds.extend(match argument {
            FnArg::Receiver(receiver) => capture(&Ident::new("self", receiver.self_token.span)),
            FnArg::Typed(argument) => rebind(argument, index, uses, keep_patterns),
        });
    }
    rebinds
}

/// `self` cannot be rebound; a borrow is enough for `async move` to take it in.
fn capture(name: &Ident) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> let _ = &#name;)
}

/// Makes `name` used. No borrow, because what is borrowed is kept over each await: a larger future.
fn mention(name: &Ident) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> let _ = #name;)
}

fn rebind(argument: &mut PatType, index: usize, uses: &[Ident], keep_patterns: bool) -> TokenStream {
    let cfg = configuration(argument);
    let lints = take_lints(argument);
    let mentions = bound_names(&argument.pat).into_iter().filter(|name| uses.contains(name));
    let mentions: Vec<_> = mentions.map(|name| mention(&name)).collect();
    let rebinds = match &mut *argument.pat {
        Pat::Wild(_) => {
            let whole = replace_pattern(argument, index).0;
            quote_spanned!(Span::mixed_site()=> #cfg let __argument = #whole;)
        }
        pattern if keep_patterns || is_name(pattern) => {
            let bindings = rebind_bindings(pattern);
            quote!(#(#cfg #lints #bindings)*)
        }
        // First whole, since `async move` would capture only the parts that the pattern names.
        _ => {
            let (whole, pattern) = replace_pattern(argument, index);
            quote_spanned!(Span::mixed_site()=> #cfg let #whole = #whole; #cfg #lints let #pattern = #whole;)
        }
    };
    quote!(#rebinds #(#cfg #mentions)*)
}

/// `x`, `mut x`.
pub(crate) fn is_name(pattern: &Pat) -> bool {
    matches!(pattern, Pat::Ident(PatIdent { by_ref: None, subpat: None, .. }))
}

/// `let x = x;` for each name that `pattern` binds; `mut` moves along.
fn rebind_bindings(pattern: &mut Pat) -> Vec<TokenStream> {
    let mut rebinds = Vec::new();
    for_each_binding(pattern, &mut |PatIdent { by_ref, mutability, ident, .. }| {
        let mutability = if by_ref.is_none() { mutability.take() } else { None };
        let value = moved_in(ident);
        rebinds.push(quote!(let #mutability #ident = #value;));
    });
    rebinds
}

/// The value of an argument, as it is moved in.
///
/// `let _x = _x;` is no use of an argument that the user keeps unused. An allowance on that `let` would be one for all
/// uses of the new `_x`, the user's own among them; so it is on a statement of its own.
fn moved_in(name: &Ident) -> TokenStream {
    let allow = keeps_unused(name);
    if allow.is_empty() {
        return name.to_token_stream();
    }
    quote_spanned!(Span::mixed_site()=> { #allow let __argument = #name; __argument })
}

/// For a mention of `name` that is ours.
pub(crate) fn keeps_unused(name: &impl ToString) -> TokenStream {
    if !name.to_string().starts_with('_') {
        return TokenStream::new();
    }
    quote_spanned!(Span::mixed_site()=> #[allow(clippy::used_underscore_binding)])
}

/// Puts a plain name in the place of a pattern.
fn replace_pattern(argument: &mut PatType, index: usize) -> (Ident, Pat) {
    let name = argument_name(index);
    let pattern = std::mem::replace(&mut *argument.pat, Pat::Verbatim(name.to_token_stream()));
    (name, pattern)
}

/// The `#[cfg(..)]`s of an argument, which what is said about it needs too.
pub(crate) fn configuration(argument: &PatType) -> TokenStream {
    let mut tokens = TokenStream::new();
    for attribute in &argument.attrs {
        if attribute.path().is_ident("cfg") {
            attribute.to_tokens(&mut tokens);
        }
    }
    tokens
}

/// The rest of an argument's attributes: they speak of its names, which are bound by our `let` now.
fn take_lints(argument: &mut PatType) -> TokenStream {
    let mut lints = TokenStream::new();
    argument.attrs.retain(|attribute| {
        let is_kept = attribute.path().is_ident("cfg");
        if !is_kept {
            attribute.to_tokens(&mut lints);
        }
        is_kept
    });
    lints
}

/// The name that stands in the signature for the pattern of argument `index`.
pub(crate) fn argument_name(index: usize) -> Ident {
    format_ident!("argument{}", index, span = Span::mixed_site())
}
