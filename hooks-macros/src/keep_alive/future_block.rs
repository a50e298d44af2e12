//! The `async move` block that a fn ends with, for fns that build their future by hand or had `#[async_trait]` do it.

use crate::tokens::{has_operators, is_word, regroup, whole_fragments};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::Error;

/// What stands in the future, after the arguments have been moved in, to what is to stand there.
type Inside<'a> = &'a dyn Fn(TokenStream) -> syn::Result<TokenStream>;

/// `body` with the statements of its future changed.
pub(crate) fn with_inside(body: &TokenStream, change: Inside<'_>) -> syn::Result<TokenStream> {
    // The block is an expression like another, so tokens of the user's are put together again.
    let mut tokens: Vec<TokenTree> = body.clone().into_iter().collect();
    if insert(change, &mut tokens)? {
        return Ok(whole_fragments(tokens.into_iter().collect(), has_operators));
    }
    let place = tokens.last().map_or_else(proc_macro2::Span::call_site, TokenTree::span);
    Err(Error::new(place, NO_BLOCK))
}

const NO_BLOCK: &str = "with `future` the fn ends with an `async move { .. }` block, bare or in `Box::pin(..)`, \
                        for the argument to be kept alive in";

/// In the last expression: the block itself, or the last parentheses round it.
fn insert(change: Inside<'_>, tokens: &mut [TokenTree]) -> syn::Result<bool> {
    let Some(last) = tokens.iter().rposition(|token| matches!(token, TokenTree::Group(_))) else {
        return Ok(false);
    };
    let is_block =
        last >= 2 && is_word(tokens.get(last - 2), &["async"]) && is_word(tokens.get(last - 1), &["move"]);
    let TokenTree::Group(group) = &tokens[last] else { return Ok(false) };
    let mut inner: Vec<TokenTree> = group.stream().into_iter().collect();
    match group.delimiter() {
        Delimiter::Brace if is_block => {
            let at = after_moves(&inner);
            let inside = change(inner.split_off(at).into_iter().collect())?;
            inner.extend(inside);
        }
        Delimiter::Parenthesis if insert(change, &mut inner)? => {}
        _ => return Ok(false),
    }
    tokens[last] = regroup(group, inner.into_iter().collect());
    Ok(true)
}

/// The end of the leading statements `let x = x;`, with which `#[async_trait]` moves the arguments in.
fn after_moves(tokens: &[TokenTree]) -> usize {
    let mut end = 0;
    for (index, token) in tokens.iter().enumerate() {
        if matches!(token, TokenTree::Punct(mark) if mark.as_char() == ';') {
            if !is_move(&tokens[end..index]) {
                break;
            }
            end = index + 1;
        }
    }
    end
}

/// `let mut x = x`, `let __self = self`, and what tells the type of the future before them.
fn is_move(statement: &[TokenTree]) -> bool {
    let tells_type = is_word(statement.first(), &["if"])
        && statement
            .iter()
            .any(|token| matches!(token, TokenTree::Group(group) if group.to_string() == "(__ret)"));
    let start =
        if tells_type { statement.iter().rposition(|token| is_word(Some(token), &["let"])) } else { None };
    let statement = &statement[start.unwrap_or(0)..];
    let words: Vec<String> =
        statement.iter().filter(|token| !is_word(Some(token), &["mut"])).map(ToString::to_string).collect();
    let [first, name, equals, value] = words.as_slice() else { return false };
    first == "let" && equals == "=" && (name == value || value == "self")
}
