//! Questions to single tokens, and changes of all.

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};

pub(crate) fn is_mark(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

pub(crate) fn is_word(token: Option<&TokenTree>, words: &[&str]) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if is_one_of(ident, words))
}

pub(crate) fn is_one_of(name: &Ident, words: &[&str]) -> bool {
    words.iter().any(|word| name == word)
}

/// `{ .. }`
pub(crate) fn is_block(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace)
}

/// Whether the mark at `index` is the second of two that are written as one, as in `=>`, `::`, `||`.
pub(crate) fn continues_mark(tokens: &[TokenTree], index: usize) -> bool {
    let before = index.checked_sub(1).map(|before| &tokens[before]);
    matches!(before, Some(TokenTree::Punct(punct)) if punct.spacing() == Spacing::Joint && punct.as_char() != '\'')
}

/// Whether the mark at `index` stands alone, as `=` does but not in `==`, `=>`, `+=`.
pub(crate) fn is_alone(tokens: &[TokenTree], index: usize, mark: char) -> bool {
    let alone = matches!(tokens.get(index), Some(TokenTree::Punct(punct))
        if punct.as_char() == mark && punct.spacing() == Spacing::Alone);
    alone && !continues_mark(tokens, index)
}

/// Whether the group at `index` holds the arguments of a macro: what they mean is the macro's to say.
pub(crate) fn is_of_macro(tokens: &[TokenTree], index: usize) -> bool {
    index >= 2 && is_mark(tokens.get(index - 1), '!') && matches!(tokens[index - 2], TokenTree::Ident(_))
}

pub(crate) fn is_name(token: &TokenTree, name: &Ident) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == name)
}

/// `tokens`, each changed or left out.
pub(crate) fn changed(
    tokens: TokenStream,
    change: &mut dyn FnMut(TokenTree) -> Option<TokenTree>,
) -> TokenStream {
    tokens.into_iter().filter_map(change).collect()
}

/// `group` with what is in it changed.
pub(crate) fn regrouped(group: &Group, change: fn(TokenStream) -> TokenStream) -> TokenTree {
    let mut inner = Group::new(group.delimiter(), change(group.stream()));
    inner.set_span(group.span());
    inner.into()
}
