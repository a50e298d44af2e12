//! Questions to single tokens, changes of all, and places for tokens of ours.

use proc_macro2::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};

/// Names resolve as ours, and whatever is reported is shown at `place`.
pub(crate) fn ours_at(place: Span) -> Span {
    Span::mixed_site().located_at(place)
}

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

/// `()`
pub(crate) fn is_no_arguments(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group)
        if group.delimiter() == Delimiter::Parenthesis && group.stream().is_empty())
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

/// `group` with other tokens in it.
pub(crate) fn regroup(group: &Group, tokens: TokenStream) -> TokenTree {
    let mut other = Group::new(group.delimiter(), tokens);
    other.set_span(group.span());
    other.into()
}

/// `group` with what is in it changed.
pub(crate) fn regrouped(group: &Group, change: fn(TokenStream) -> TokenStream) -> TokenTree {
    regroup(group, change(group.stream()))
}

/// Whether `body` begins with an item: `use ..;`, `const N: ..`, `#[derive(..)] struct ..`, `fn ..`.
pub(crate) fn items_come_first(body: &TokenStream) -> bool {
    let mut tokens = body.clone().into_iter().peekable();
    while is_mark(tokens.peek(), '#') {
        tokens.next();
        tokens.next();
    }
    let Some(TokenTree::Ident(word)) = tokens.next() else { return false };
    match word.to_string().as_str() {
        "use" | "fn" | "struct" | "enum" | "trait" | "impl" | "mod" | "type" | "static" | "extern"
        | "pub" => true,
        "macro_rules" => is_mark(tokens.peek(), '!'),
        // `const { .. }`, `unsafe { .. }`, `async move { .. }` are expressions.
        "const" | "unsafe" => matches!(tokens.peek(), Some(TokenTree::Ident(_))),
        "async" => matches!(tokens.peek(), Some(TokenTree::Ident(next)) if next == "fn"),
        _ => false,
    }
}

/// Whether a fragment would be torn, by the token before it.
type IsTorn = fn(Option<&TokenTree>, &[TokenTree]) -> bool;

/// `tokens` with parentheses round each fragment of a `macro_rules!` that `is_torn` without: the invisible group that it
/// came in is lost where tokens are put together again.
pub(crate) fn whole_fragments(tokens: TokenStream, is_torn: IsTorn) -> TokenStream {
    parenthesized(tokens.clone(), is_torn).unwrap_or(tokens)
}

/// Nothing where nothing has to be changed.
fn parenthesized(tokens: TokenStream, is_torn: IsTorn) -> Option<TokenStream> {
    let (mut is_changed, mut before) = (false, None);
    let whole = tokens.into_iter().map(|token| {
        let before = before.replace(token.clone());
        let TokenTree::Group(group) = &token else { return token };
        let inside = parenthesized(group.stream(), is_torn);
        let is_fragment = group.delimiter() == Delimiter::None;
        let is_torn =
            is_fragment && is_torn(before.as_ref(), &group.stream().into_iter().collect::<Vec<_>>());
        if inside.is_none() && !is_torn {
            return token;
        }
        is_changed = true;
        let inside = inside.unwrap_or_else(|| group.stream());
        if is_torn { parentheses(group, inside) } else { regroup(group, inside) }
    });
    let whole = whole.collect();
    is_changed.then_some(whole)
}

fn parentheses(group: &Group, tokens: TokenStream) -> TokenTree {
    let mut parentheses = Group::new(Delimiter::Parenthesis, tokens);
    parentheses.set_span(group.span());
    parentheses.into()
}

/// `dyn A + B`, of which `&`, `&'a`, `&mut` or `*const` would take the first half. Elsewhere parentheses are a lint's business.
pub(crate) fn is_sum_of_bounds(before: Option<&TokenTree>, fragment: &[TokenTree]) -> bool {
    let is_pointee = is_mark(before, '&') || matches!(before, Some(TokenTree::Ident(_)));
    is_pointee
        && is_word(fragment.first(), &["dyn", "impl"])
        && fragment.iter().any(|token| is_mark(Some(token), '+'))
}

/// Whether operators are in an expression, so that another operator beside it may take a part of it.
pub(crate) fn has_operators(_before: Option<&TokenTree>, fragment: &[TokenTree]) -> bool {
    const STATEMENTS: [&str; 4] = ["let", "pub", "fn", "use"];
    if is_word(fragment.first(), &STATEMENTS) || is_mark(fragment.first(), '#') {
        return false;
    }
    fragment.iter().enumerate().any(|(index, token)| match token {
        TokenTree::Ident(word) => word == "as",
        // `->` is of a type, and `vec![..]` is whole.
        TokenTree::Punct(mark) if mark.as_char() == '-' => !is_mark(fragment.get(index + 1), '>'),
        TokenTree::Punct(mark) if mark.as_char() == '!' => !is_of_macro(fragment, index + 1),
        TokenTree::Punct(mark) => "+*/%^&|<>=".contains(mark.as_char()) && !is_of_path(fragment),
        _ => false,
    })
}

/// `Vec::<u8>`, `<T as Trait>::Type`.
fn is_of_path(fragment: &[TokenTree]) -> bool {
    fragment.iter().all(|token| match token {
        TokenTree::Punct(mark) => ":<>,'".contains(mark.as_char()),
        TokenTree::Ident(_) => true,
        _ => false,
    }) && fragment.iter().filter(|token| is_mark(Some(token), '<')).count()
        == fragment.iter().filter(|token| is_mark(Some(token), '>')).count()
}
