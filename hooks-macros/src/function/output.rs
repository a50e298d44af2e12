//! What a fn returns: as it is declared, as it may stand in the body, and as a future.

use crate::tokens::{changed, ours_at, regrouped};
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{ReturnType, Signature, Token, Type};

/// `ty` with what the compiler infers left to it: `impl Trait`, and the lifetimes, since a lifetime named in the body
/// keeps clippy from saying that its declaration is needless.
pub(crate) fn inferred(ty: TokenStream) -> TokenStream {
    let ty = without_impl_trait(ty);
    let ty = if leaves_lifetimes_to_inference(ty.clone()) { without_lifetimes(ty) } else { ty };
    mentioned_again(ty)
}

/// `ty` with its marks ours: lints about a type (`clippy::type_complexity`) then speak of the user's mention only. Its
/// words stay the user's, since what they mean may depend on where they were written and in which edition.
fn mentioned_again(ty: TokenStream) -> TokenStream {
    changed(ty, &mut |token| {
        let mut token = match token {
            TokenTree::Group(group) => regrouped(&group, mentioned_again),
            token => token,
        };
        if !matches!(token, TokenTree::Ident(_) | TokenTree::Literal(_)) {
            token.set_span(ours_at(token.span()));
        }
        Some(token)
    })
}

/// In `for<'a> ..`, `Fn(&T)`, `fn(&T)`, `<T as Trait<'a>>` and what a macro makes a `'_` would mean something else.
fn leaves_lifetimes_to_inference(ty: TokenStream) -> bool {
    let mut after_word = false;
    ty.into_iter().all(|token| {
        let is_call = std::mem::replace(&mut after_word, matches!(token, TokenTree::Ident(_)));
        match token {
            TokenTree::Ident(word) => word != "for" && word != "as",
            TokenTree::Punct(mark) => !matches!(mark.as_char(), '-' | '!'),
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis && is_call => false,
            TokenTree::Group(group) => leaves_lifetimes_to_inference(group.stream()),
            TokenTree::Literal(_) => true,
        }
    })
}

/// `&'a Cow<'b, str>` -> `&'_ Cow<'_, str>`.
fn without_lifetimes(ty: TokenStream) -> TokenStream {
    let mut after_quote = false;
    changed(ty, &mut |token| {
        let named = after_quote;
        after_quote = matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '\'');
        Some(match token {
            TokenTree::Ident(name) if named && name != "static" => Ident::new("_", name.span()).into(),
            TokenTree::Group(group) => regrouped(&group, without_lifetimes),
            token => token,
        })
    })
}

/// `Result<impl Iterator<Item = u8> + '_, E>` -> `Result<_, E>`: `impl Trait` may not stand in a `let`.
fn without_impl_trait(ty: TokenStream) -> TokenStream {
    let mut tokens = Vec::new();
    let mut rest = ty.into_iter().peekable();
    while let Some(token) = rest.next() {
        match token {
            TokenTree::Ident(ident) if ident == "impl" => {
                skip_bounds(&mut rest);
                tokens.push(TokenTree::Ident(Ident::new("_", ident.span())));
            }
            TokenTree::Group(group) => tokens.push(regrouped(&group, without_impl_trait)),
            token => tokens.push(token),
        }
    }
    tokens.into_iter().collect()
}

/// Bounds end at a `,` or `>` that is not inside their own angle brackets; the `>` of `->` closes nothing.
fn skip_bounds(rest: &mut std::iter::Peekable<proc_macro2::token_stream::IntoIter>) {
    let mut depth = 0;
    let mut arrow = false;
    while let Some(token) = rest.peek() {
        let mark = if let TokenTree::Punct(punct) = token { punct.as_char() } else { ' ' };
        match mark {
            ',' | ';' if depth == 0 => return,
            '>' if !arrow && depth == 0 => return,
            '>' if !arrow => depth -= 1,
            '<' => depth += 1,
            _ => {}
        }
        arrow = mark == '-';
        rest.next();
    }
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

/// `async fn f() -> T` to `fn f() -> impl Future<Output = T>`.
///
/// The header ends where the user's did, since that is the place of every lint about the fn.
pub(crate) fn take_off_async(signature: &mut Signature) {
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
