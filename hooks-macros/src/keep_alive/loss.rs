//! Where a body visibly moves an argument away, or puts another value in its place.
//!
//! For the words of an error alone. With `mut buf` the body sees a `&mut`, so what needs the owner is a type error, and
//! that says nothing of the attribute; for a place that is found here the borrow checker says it.

use super::binding;
use crate::tokens::{continues_mark, is_alone, is_block, is_mark, is_name, is_of_macro, is_one_of, is_word};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

/// The user's token for the argument, or for what replaces it.
pub(crate) enum Loss {
    Moved(Ident),
    Replaced(Ident),
    /// `*buf = ..`, which means the argument only where the body sees a `&mut`.
    ReplacedBehind(Ident),
}

/// Every such place, as far as the tokens show it: none where the name may be bound anew.
pub(crate) fn places(name: &Ident, body: &TokenStream) -> Vec<Loss> {
    let tokens: Vec<TokenTree> = body.clone().into_iter().collect();
    let mut places = Vec::new();
    if !binding::may_be(name, &tokens) {
        look(name, &tokens, &mut places);
    }
    places
}

fn look(name: &Ident, tokens: &[TokenTree], places: &mut Vec<Loss>) {
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(_) if is_of_macro(tokens, index) || is_grouped_name(name, tokens, index) => {}
            TokenTree::Group(group) => look(name, &inner(group), places),
            TokenTree::Ident(word) if word == "move" => places.extend(captured(name, &tokens[index + 1..])),
            TokenTree::Ident(word) if word == name => places.extend(loss(word, tokens, index)),
            TokenTree::Ident(word) if replaces(name, word, tokens.get(index + 1)) => {
                places.push(Loss::Replaced(word.clone()));
            }
            _ => {}
        }
    }
}

/// What happens to `word`, the argument's name.
fn loss(word: &Ident, tokens: &[TokenTree], index: usize) -> Option<Loss> {
    let (word, starred) = (word.clone(), index > 0 && is_mark(tokens.get(index - 1), '*'));
    if !is_alone(tokens, index + 1, '=') {
        return (is_value(tokens, index) || is_consumed(tokens, index)).then_some(Loss::Moved(word));
    }
    match starred {
        // Not `*buf == ..` nor `a * buf`.
        true if begins_statement(tokens, index - 1) => Some(Loss::ReplacedBehind(word)),
        false if begins_statement(tokens, index) => Some(Loss::Replaced(word)),
        _ => None,
    }
}

/// `f(buf)`, `return buf`, `x = buf;`, `S { buf }`, `for x in buf {`, but not `let _ = buf;`.
fn is_value(tokens: &[TokenTree], index: usize) -> bool {
    let next = tokens.get(index + 1);
    let ends = next.is_none() || [',', ';', '?'].iter().any(|mark| is_mark(next, *mark));
    let Some(before) = index.checked_sub(1) else { return ends };
    let previous = tokens.get(before);
    let looped = is_word(previous, &["in"]) && is_block(next);
    let given = is_alone(tokens, before, '=') && !is_word(tokens.get(before.wrapping_sub(1)), &["_"]);
    let starts = begins_statement(tokens, index)
        || given
        || is_mark(previous, ',')
        || is_alone(tokens, before, ':')
        || is_word(previous, &["return", "break"]);
    looped || (starts && ends)
}

/// `buf.into_boxed_slice()`, `buf.into()`.
fn is_consumed(tokens: &[TokenTree], index: usize) -> bool {
    let Some(TokenTree::Ident(method)) = tokens.get(index + 2) else { return false };
    let method = method.to_string();
    is_mark(tokens.get(index + 1), '.') && (method == "into" || method.starts_with("into_"))
}

fn begins_statement(tokens: &[TokenTree], index: usize) -> bool {
    let Some(before) = index.checked_sub(1) else { return true };
    let arrow = is_mark(tokens.get(before), '>') && continues_mark(tokens, before);
    arrow || is_mark(tokens.get(before), ';') || is_block(tokens.get(before))
}

/// `mem::take(buf)`, `mem::replace(&mut buf, ..)`.
fn replaces(name: &Ident, function: &Ident, arguments: Option<&TokenTree>) -> bool {
    const REPLACES: [&str; 3] = ["take", "replace", "swap"];
    let Some(TokenTree::Group(arguments)) = arguments else { return false };
    if !is_one_of(function, &REPLACES) {
        return false;
    }
    let reborrows = |token: &TokenTree| {
        is_mark(Some(token), '&') || is_mark(Some(token), '*') || is_word(Some(token), &["mut"])
    };
    let arguments = inner(arguments);
    arguments.split(|token| is_mark(Some(token), ',')).any(|argument| match argument {
        // By value it is a move, and found as one.
        [before @ .., place] => !before.is_empty() && before.iter().all(reborrows) && is_name(place, name),
        [] => false,
    })
}

/// In `move |..| buf.len()` and `async move { buf.len() }`: what is mentioned is taken along.
fn captured(name: &Ident, after: &[TokenTree]) -> Option<Loss> {
    let ends = |token: &&TokenTree| is_mark(Some(token), ';') || is_mark(Some(token), ',');
    let at = mention(name, after.iter().take_while(|token| !ends(token)))?;
    Some(Loss::Moved(at))
}

fn mention<'a>(name: &Ident, tokens: impl Iterator<Item = &'a TokenTree>) -> Option<Ident> {
    let mut tokens = tokens;
    tokens.find_map(|token| match token {
        TokenTree::Ident(word) if word == name => Some(word.clone()),
        TokenTree::Group(group) => mention(name, inner(group).iter()),
        _ => None,
    })
}

/// `(buf)`, which is no more than `buf`, unless a call is before it.
fn is_grouped_name(name: &Ident, tokens: &[TokenTree], index: usize) -> bool {
    let TokenTree::Group(group) = &tokens[index] else { return false };
    let before = index.checked_sub(1).map(|before| &tokens[before]);
    let is_call = match before {
        Some(TokenTree::Ident(word)) => {
            !is_word(Some(&TokenTree::Ident(word.clone())), &["return", "in", "match", "if"])
        }
        Some(TokenTree::Group(_)) => true,
        before => is_mark(before, '>'),
    };
    let only = inner(group);
    group.delimiter() == Delimiter::Parenthesis && !is_call && only.len() == 1 && is_name(&only[0], name)
}

fn inner(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

#[cfg(test)]
#[path = "../tests/loss.rs"]
mod tests;
