//! Whether a name may be bound anew somewhere in a body: what the tokens then say of the name is not about the argument.

use crate::tokens::{continues_mark, is_alone, is_mark, is_name, is_of_macro, is_word};
use proc_macro2::{Group, Ident, TokenTree};

/// Says `true` too often rather than too seldom. Macros bind for themselves.
pub(crate) fn may_be(name: &Ident, tokens: &[TokenTree]) -> bool {
    tokens.iter().enumerate().any(|(index, token)| match token {
        TokenTree::Group(_) if is_of_macro(tokens, index) => false,
        TokenTree::Group(group) => {
            (is_pattern(tokens, index) && may_bind(name, group)) || may_be(name, &inner(group))
        }
        token => is_name(token, name) && is_binding(tokens, index),
    })
}

/// `let x`, `ref x`, `mut x`, `for x`, `|x|`, `x @ ..`, `x => ..`, `x: T`.
fn is_binding(tokens: &[TokenTree], index: usize) -> bool {
    let before = |by: usize| index.checked_sub(by).and_then(|before| tokens.get(before));
    let is_borrow = is_mark(before(2), '&') || is_word(before(2), &["raw"]);
    is_word(before(1), &["let", "ref", "for", "static", "fn"])
        || is_word(before_references(tokens, index), &["let"])
        || (is_word(before(1), &["mut", "const"]) && !is_borrow)
        || (is_mark(before(1), '|') && !continues_mark(tokens, index - 1))
        || ends_pattern(tokens, index + 1)
        || is_mark(tokens.get(index + 1), '@')
        || (is_mark(tokens.get(index + 1), ':') && !is_mark(tokens.get(index + 2), ':'))
}

/// What stands before `&` and `mut`: in `let &x = y` they are a pattern's.
fn before_references(tokens: &[TokenTree], index: usize) -> Option<&TokenTree> {
    let references = |token: &&TokenTree| is_mark(Some(token), '&') || is_word(Some(token), &["mut"]);
    tokens[..index].iter().rev().find(|token| !references(token))
}

/// A group after which a value, an arm or the body of a closure or loop begins.
fn is_pattern(tokens: &[TokenTree], index: usize) -> bool {
    let before = index.checked_sub(1).and_then(|before| tokens.get(before));
    is_alone(tokens, index + 1, '=')
        || is_word(before, &["let", "for"])
        || is_mark(before, '|')
        || is_mark(tokens.get(index + 1), ':')
        || ends_pattern(tokens, index + 1)
}

fn ends_pattern(tokens: &[TokenTree], next: usize) -> bool {
    let after = tokens.get(next);
    let arrow = is_mark(after, '=') && is_mark(tokens.get(next + 1), '>');
    arrow || is_mark(after, '|') || is_word(after, &["if", "in"])
}

/// Whether `name` stands in `group`, at any depth, as a pattern has it: between commas.
fn may_bind(name: &Ident, group: &Group) -> bool {
    let tokens = inner(group);
    let separates = |token: Option<&TokenTree>| {
        token.is_none() || [',', '|', '@', ':', '&'].iter().any(|mark| is_mark(token, *mark))
    };
    tokens.iter().enumerate().any(|(index, token)| match token {
        TokenTree::Group(group) => may_bind(name, group),
        token => is_name(token, name) && separates(tokens.get(index + 1)),
    })
}

fn inner(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

#[cfg(test)]
#[path = "../tests/binding.rs"]
mod tests;
