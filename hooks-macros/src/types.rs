//! A declared type as it may stand in a `let`.

use crate::tokens::{changed, regrouped};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};

/// `ty` with what the compiler infers left to it: `impl Trait`, and the lifetimes, since a lifetime named in the body
/// keeps clippy from saying that its declaration is needless.
pub(crate) fn inferred(ty: TokenStream) -> TokenStream {
    let ty = without_impl_trait(ty);
    let ty = if leaves_lifetimes_to_inference(ty.clone()) { without_lifetimes(ty) } else { ty };
    if resolves_anywhere(ty.clone()) { mentioned_again(ty) } else { ty }
}

/// Whether `ty` means the same at the attribute: the name of a macro, and `$crate`, are those of the macro they are in.
fn resolves_anywhere(ty: TokenStream) -> bool {
    ty.into_iter().all(|token| match token {
        TokenTree::Ident(word) => word != "$crate",
        TokenTree::Punct(mark) => mark.as_char() != '!',
        TokenTree::Group(group) => resolves_anywhere(group.stream()),
        TokenTree::Literal(_) => true,
    })
}

/// `ty` at its place but as our words: lints about a type (`clippy::type_complexity`) speak of the user's mention only.
fn mentioned_again(ty: TokenStream) -> TokenStream {
    changed(ty, &mut |token| {
        let mut token = match token {
            TokenTree::Group(group) => regrouped(&group, mentioned_again),
            token => token,
        };
        token.set_span(token.span().resolved_at(Span::call_site()));
        Some(token)
    })
}

/// In `for<'a> ..`, `Fn(&T) -> ..` and `<T as Trait<'a>>` a `'_` would mean something else.
fn leaves_lifetimes_to_inference(ty: TokenStream) -> bool {
    ty.into_iter().all(|token| match token {
        TokenTree::Ident(word) => word != "for" && word != "as",
        TokenTree::Punct(mark) => mark.as_char() != '-',
        TokenTree::Group(group) => leaves_lifetimes_to_inference(group.stream()),
        TokenTree::Literal(_) => true,
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
