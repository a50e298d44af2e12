//! `&mut buf` in a body that sees `buf` as a `&mut` already: what is meant is the owner, so it becomes `&mut *buf`; and
//! `n & 1` becomes `*n & 1`.
//!
//! Without it `&raw mut buf` would be the address of the reference, `size_of_val(&buf)` its size, an array would not become a
//! slice, and `n += 1` would not compile.

use super::binding;
use super::operand::is_operand;
use crate::tokens::{has_operators, is_mark, is_name, is_of_macro, is_word, regroup, whole_fragments};
use proc_macro2::{Delimiter, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use syn::Error;

/// `body` with every place where `name` is borrowed or operated on one of what it refers to.
pub(crate) fn through(name: &Ident, body: TokenStream) -> syn::Result<TokenStream> {
    let tokens: Vec<TokenTree> = body.clone().into_iter().collect();
    // Where another is bound, an operand may be that one, and is what it was.
    let is_bound = binding::may_be(name, &tokens);
    let is_place = if is_bound { is_borrowed } else { is_borrowed_or_operand };
    let Some((rewritten, first)) = rewrite(name, &tokens, is_place) else { return Ok(body) };
    if is_bound {
        return Err(Error::new(first.span(), format!("another `{name}` is bound in this body, {WHICH}")));
    }
    Ok(whole_fragments(rewritten, has_operators))
}

type IsPlace = fn(&[TokenTree], usize) -> bool;

fn is_borrowed_or_operand(tokens: &[TokenTree], index: usize) -> bool {
    is_borrowed(tokens, index) || is_operand(tokens, index)
}

const WHICH: &str = "so it is not known whether this borrows the one that is kept alive: give the other one \
                     another name";

/// The tokens, and the first name in them that `is_place`; nothing where none is.
fn rewrite(name: &Ident, tokens: &[TokenTree], is_place: IsPlace) -> Option<(TokenStream, Ident)> {
    let (mut rewritten, mut first) = (Vec::new(), None);
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let of_place = is_address_of(name, tokens, index, &inner);
                let (inner, patterns) = inner.split_at(expressions(tokens, index, &inner));
                let changed =
                    if of_place { Some(starred(&inner[0], name)) } else { rewrite(name, inner, is_place) };
                let Some((mut inner, borrowed)) = changed else {
                    rewritten.push(token.clone());
                    continue;
                };
                first = first.or(Some(borrowed));
                inner.extend(patterns.iter().cloned());
                rewritten.push(regroup(group, inner));
            }
            token if is_name(token, name) && is_place(tokens, index) => {
                let (stream, borrowed) = starred(token, name);
                first = first.or(Some(borrowed));
                rewritten.extend(stream);
            }
            token => rewritten.push(token.clone()),
        }
    }
    first.map(|first| (rewritten.into_iter().collect(), first))
}

fn starred(token: &TokenTree, name: &Ident) -> (TokenStream, Ident) {
    let mut star = Punct::new('*', Spacing::Alone);
    star.set_span(Span::mixed_site().located_at(token.span()));
    let mut name = name.clone();
    name.set_span(token.span());
    ([TokenTree::from(star), token.clone()].into_iter().collect(), name)
}

/// `&buf`, `&mut buf`, `&raw const buf`, of the whole: `&buf.part` and `&buf[..]` look through the reference.
fn is_borrowed(tokens: &[TokenTree], index: usize) -> bool {
    let before = |by: usize| index.checked_sub(by).and_then(|before| tokens.get(before));
    let by = match before(1) {
        before_it if is_word(before_it, &["mut", "const"]) && is_word(before(2), &["raw"]) => 3,
        before_it if is_word(before_it, &["mut"]) => 2,
        _ => 1,
    };
    let next = tokens.get(index + 1);
    let in_part =
        ['.', '?', ':', '!'].iter().any(|mark| is_mark(next, *mark)) && !is_range(tokens, index + 1);
    let called = matches!(next, Some(TokenTree::Group(group)) if group.delimiter() != Delimiter::Brace);
    is_mark(before(by), '&') && !in_part && !called
}

fn is_range(tokens: &[TokenTree], index: usize) -> bool {
    is_mark(tokens.get(index), '.') && is_mark(tokens.get(index + 1), '.')
}

/// How many tokens of a group are expressions: in `matches!(value, pattern)` those of the value, since `&*buf` is no
/// pattern, and of a text none. What other macros make of their arguments is not known, and most of them take expressions.
fn expressions(tokens: &[TokenTree], index: usize, inner: &[TokenTree]) -> usize {
    const OF_PATTERNS: [&str; 3] = ["matches", "assert_matches", "debug_assert_matches"];
    if !is_of_macro(tokens, index) {
        return inner.len();
    }
    if is_word(tokens.get(index - 2), &["stringify"]) {
        return 0;
    }
    let of_patterns = is_word(tokens.get(index - 2), &OF_PATTERNS);
    let end = inner.iter().position(|token| of_patterns && is_mark(Some(token), ','));
    end.unwrap_or(inner.len())
}

/// `addr_of_mut!(buf)`
fn is_address_of(name: &Ident, tokens: &[TokenTree], index: usize, inner: &[TokenTree]) -> bool {
    is_of_macro(tokens, index)
        && is_word(tokens.get(index - 2), &["addr_of", "addr_of_mut"])
        && matches!(inner, [only] if is_name(only, name))
}

#[cfg(test)]
#[path = "../tests/reborrow.rs"]
mod tests;
