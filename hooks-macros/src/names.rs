//! The names that a run of tokens mentions.

use proc_macro2::{Ident, TokenStream, TokenTree};

/// Every name in `tokens`, at any depth. Of a pattern: what it binds, and the paths and fields in it besides; of an
/// expression: what it may use. Too many names do no harm to those who ask.
pub(crate) fn bound_names(tokens: TokenStream) -> Vec<Ident> {
    let mut names = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(name) if !is_keyword(&name) => names.push(name),
            TokenTree::Group(group) => names.extend(bound_names(group.stream())),
            _ => {}
        }
    }
    names
}

fn is_keyword(name: &Ident) -> bool {
    ["mut", "ref", "_"].iter().any(|word| name == word)
}
