//! What can be read of a fn from its tokens.

use crate::attributes::{Place, Shape};
use proc_macro::{Delimiter, Ident, TokenStream, TokenTree};

#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) shape: Shape,
    /// An argument that the body only borrows, if at all.
    pub(crate) left: Option<Ident>,
}

impl Seen {
    pub(crate) fn of(item: TokenStream, coverage: &'static str) -> Self {
        let tokens: Vec<TokenTree> = item.into_iter().collect();
        let Some(keyword) = tokens.iter().position(|token| is_word(token, "fn")) else {
            return Seen::default();
        };
        let (before, after) = tokens.split_at(keyword);
        let Some(list) = after.iter().position(|token| group(token, Delimiter::Parenthesis).is_some()) else {
            return Seen::default();
        };
        let body = after.last().and_then(|token| group(token, Delimiter::Brace)).unwrap_or_default();
        let arguments = group(&after[list], Delimiter::Parenthesis).unwrap_or_default();
        let is_generic = list > 2;
        let is_async = before.iter().any(|token| is_word(token, "async"));
        let output = &after[list + 1..after.len() - 1];
        let left = left(&arguments, &body, is_async, is_generic);
        let shape = Shape {
            place: Place::Matrix,
            written_for: "labeled",
            is_async,
            tracks_caller: before.iter().any(|token| token.to_string().contains("track_caller")),
            takes_owned: false,
            returns_owned: !is_generic && !borrows(&arguments) && !borrows(output),
            returns_outcome: output.first().is_some_and(|token| token.to_string() == "-")
                && output.get(2).is_some_and(|token| is_word(token, "Result") || is_word(token, "Option"))
                && output.get(3).is_some_and(|token| token.to_string() == "<"),
            leaves_an_argument: left.is_some(),
            awaits: is_async && awaits(&body),
            coverage,
        };
        Seen { shape, left }
    }
}

/// Whether what `tokens` say may borrow, or never be.
fn borrows(tokens: &[TokenTree]) -> bool {
    const OTHERS: [&str; 5] = ["impl", "Cow", "T", "Self", "self"];
    tokens.iter().any(|token| match token {
        TokenTree::Punct(mark) => matches!(mark.as_char(), '&' | '\'' | '!'),
        TokenTree::Ident(word) => OTHERS.contains(&word.to_string().as_str()),
        TokenTree::Group(group) => borrows(&group.stream().into_iter().collect::<Vec<_>>()),
        TokenTree::Literal(_) => false,
    })
}

fn left(arguments: &[TokenTree], body: &[TokenTree], is_async: bool, is_generic: bool) -> Option<Ident> {
    let is_comma = |token: &TokenTree| token.to_string() == ",";
    arguments.split(is_comma).find_map(|argument| {
        let [TokenTree::Ident(ident), colon, ty @ ..] = argument else { return None };
        let name = ident.to_string();
        let is_path = ty.first().is_some_and(|token| token.to_string() == ":");
        // A future is dropped at will, so what it keeps is its own.
        let concrete = !is_generic
            && ty.iter().all(|token| matches!(token, TokenTree::Ident(word) if word.to_string() != "impl"));
        let named = colon.to_string() == ":" && !is_path && name != "self" && name != "_";
        let fits = named && (concrete || !is_async);
        (fits && stays(&name, body)).then(|| ident.clone())
    })
}

fn awaits(tokens: &[TokenTree]) -> bool {
    tokens.iter().any(|token| match token {
        TokenTree::Group(group) => awaits(&group.stream().into_iter().collect::<Vec<_>>()),
        TokenTree::Ident(word) => ["await", "select", "join"].contains(&word.to_string().as_str()),
        _ => false,
    })
}

/// Every `name` in `tokens` is `&name` or `name.method(..)` with a method that borrows.
fn stays(name: &str, tokens: &[TokenTree]) -> bool {
    tokens.iter().enumerate().all(|(index, token)| match token {
        TokenTree::Group(group) => stays(name, &group.stream().into_iter().collect::<Vec<_>>()),
        token if is_word(token, name) => {
            let borrowed = index > 0 && tokens[index - 1].to_string() == "&";
            let method = tokens.get(index + 1).is_some_and(|token| token.to_string() == ".")
                && tokens
                    .get(index + 2)
                    .is_some_and(|token| ["number", "len", "clone"].iter().any(|word| is_word(token, word)));
            borrowed || method
        }
        // It may be captured by an inline format argument, which borrows, or moved by a closure.
        token => !is_word(token, "move"),
    })
}

fn group(token: &TokenTree, delimiter: Delimiter) -> Option<Vec<TokenTree>> {
    match token {
        TokenTree::Group(group) if group.delimiter() == delimiter => {
            Some(group.stream().into_iter().collect())
        }
        _ => None,
    }
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident.to_string() == word)
}
