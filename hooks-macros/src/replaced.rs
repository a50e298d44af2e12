//! `mut buf` lets the body change `buf` through a `&mut`, and a `&mut` lets it put another value in its place, which
//! frees the first. Plain code has no reason to write it this way; the compiler's advice after `buf = ..` has.

use crate::fallback::Faults;
use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::Error;

/// Notes each `*name = ..` and `mem::take(name)` in `body`, as far as the tokens show them.
pub(crate) fn refuse(name: &Ident, body: &TokenStream, faults: &mut Faults) {
    let tokens: Vec<TokenTree> = body.clone().into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match (token, tokens.get(index + 1)) {
            (TokenTree::Group(group), _) => refuse(name, &group.stream(), faults),
            (TokenTree::Ident(function), Some(TokenTree::Group(arguments)))
                if REPLACES.iter().any(|replaces| function == replaces)
                    && is_reborrow(name, &arguments.stream()) =>
            {
                faults.add(fault(function, name));
            }
            (TokenTree::Ident(word), _) if word == name && is_assigned(&tokens, index) => {
                faults.add(fault(word, name));
            }
            _ => {}
        }
    }
}

const REPLACES: [&str; 3] = ["take", "replace", "swap"];

fn fault(place: &Ident, name: &Ident) -> Error {
    Error::new(
        place.span(),
        format!(
            "this puts another value in the place of `{name}`, which is kept alive: change its contents instead"
        ),
    )
}

/// `* name =`, not `* name ==` or `a * name`.
fn is_assigned(tokens: &[TokenTree], index: usize) -> bool {
    let starts = match index.checked_sub(2).map(|before| &tokens[before]) {
        None => true,
        Some(TokenTree::Punct(mark)) => matches!(mark.as_char(), ';' | '>' | ','),
        Some(TokenTree::Group(group)) => group.delimiter() == proc_macro2::Delimiter::Brace,
        Some(_) => false,
    };
    let is_set = matches!(tokens.get(index + 1), Some(TokenTree::Punct(mark))
        if mark.as_char() == '=' && mark.spacing() == proc_macro2::Spacing::Alone);
    starts && is_set && index > 0 && is_mark(&tokens[index - 1], '*')
}

/// `name, ..` or `&mut *name, ..`
fn is_reborrow(name: &Ident, arguments: &TokenStream) -> bool {
    let mut words = arguments
        .clone()
        .into_iter()
        .skip_while(|token| is_mark(token, '&') || is_mark(token, '*') || is_mut(token));
    matches!(words.next(), Some(TokenTree::Ident(first)) if first == *name)
        && words.next().is_none_or(|next| is_mark(&next, ','))
}

fn is_mut(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(word) if word == "mut")
}

fn is_mark(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

#[cfg(test)]
#[path = "tests/replaced.rs"]
mod tests;
