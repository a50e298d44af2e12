//! Attributes that leave the item as it is, or put another one in the place of `labeled`.
//!
//! A case of the edge matrix is written once, with `#[labeled(..)]`, and compiled with each of them under that name.

#[path = "../../attributes/mod.rs"]
#[macro_use]
mod attributes;
mod fragments;
mod shape;

use attributes::Attribute;
use proc_macro::{Delimiter, Group, Punct, Spacing, TokenStream, TokenTree};
use shape::Seen;

/// The plain twin of `hooks_runtime::labeled`.
#[proc_macro_attribute]
pub fn plain(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    item
}

/// A macro that reads attributes of parameters, as rstest's and poise's do: each `#[mark]` is taken off.
///
/// # Panics
///
/// Where none is left for it.
#[proc_macro_attribute]
pub fn takes_marks(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut marks = 0;
    let item = without_marks(item, &mut marks);
    assert!(marks > 0, "no parameter has a `#[mark]`");
    item
}

fn without_marks(tokens: TokenStream, marks: &mut u32) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.to_string() == "[mark]" => {
                kept.pop();
                *marks += 1;
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
                let mut inside = Group::new(Delimiter::Parenthesis, without_marks(group.stream(), marks));
                inside.set_span(group.span());
                kept.push(inside.into());
            }
            token => kept.push(token),
        }
    }
    kept.into_iter().collect()
}

macro_rules! twins {
    ($($name:ident $attribute:ident;)*) => {$(
        /// The attribute of this name, where it can stand.
        #[proc_macro_attribute]
        pub fn $name(arguments: TokenStream, item: TokenStream) -> TokenStream {
            twin(stringify!($name), &arguments, item)
        }
    )*};
}
attributes!(twins);

fn twin(name: &str, arguments: &TokenStream, item: TokenStream) -> TokenStream {
    let (_, attribute) =
        attributes::ALL.iter().find(|(known, _)| *known == name).expect("it is in the table");
    let twin = written(attribute, arguments, &item).unwrap_or_default();
    [twin, item].into_iter().collect()
}

/// Each fn by the fragments of a `macro_rules!`, under one attribute of all that can stand there: which, its name decides.
#[proc_macro_attribute]
pub fn by_fragments(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let attributes = attributes::ALL.iter();
    let twins: Vec<_> =
        attributes.filter_map(|(_, attribute)| written(attribute, &arguments, &item)).collect();
    let name = item.clone().into_iter().skip_while(|token| token.to_string() != "fn").nth(1);
    let name = name.map(|name| name.to_string()).unwrap_or_default();
    let turn: usize = name.bytes().map(usize::from).sum();
    let Some(twin) = twins.get(turn % twins.len().max(1)) else { return item };
    fragments::through(&twin.clone().into(), item.clone().into())
        .map_or_else(|| [twin.clone(), item].into_iter().collect(), TokenStream::from)
}

/// The attribute as it stands over `item`, if it can.
fn written(attribute: &Attribute, arguments: &TokenStream, item: &TokenStream) -> Option<TokenStream> {
    let seen = Seen::of(item.clone(), coverage(arguments.clone()));
    let twin = (attribute.twin)(&seen.shape)?;
    let twin = format!("#[::hooks_runtime::{twin}]").parse::<TokenStream>().expect("an attribute");
    let left = seen.left.map(TokenTree::from).map_or_else(TokenStream::new, TokenStream::from);
    // The tokens themselves: by its text a name that a macro wrote would be another one.
    Some(replaced(replaced(twin, "WRITTEN", arguments), "LEFT", &left))
}

/// `tokens` with `by` in the place of `word`.
fn replaced(tokens: TokenStream, word: &str, by: &TokenStream) -> TokenStream {
    let one = |token| match token {
        TokenTree::Ident(ident) if ident.to_string() == word => by.clone(),
        TokenTree::Group(group) => {
            TokenTree::from(Group::new(group.delimiter(), replaced(group.stream(), word, by))).into()
        }
        token => token.into(),
    };
    tokens.into_iter().map(one).collect()
}

/// The rows of `tests/stacking.rs`: `stacked! { every_pair over (n, text) }` is `every_pair! { over (n, text): rows }`.
///
/// # Panics
///
/// Where it is not written so.
#[proc_macro]
pub fn stacked(input: TokenStream) -> TokenStream {
    let mut input = input.into_iter();
    let (Some(name), Some(over), Some(arguments)) = (input.next(), input.next(), input.next()) else {
        panic!("`stacked! {{ macro over (n, text) }}`");
    };
    let rows = attributes::ALL.iter().flat_map(|(_, attribute)| attribute.stacked).copied().chain(OTHERS);
    let rows: TokenStream = rows.map(|row| row.parse::<TokenStream>().expect("a row")).collect();
    let head = [over, arguments, TokenTree::Punct(Punct::new(':', Spacing::Alone))];
    let inside = head.into_iter().chain(rows).collect();
    let call = [name, Punct::new('!', Spacing::Alone).into(), Group::new(Delimiter::Brace, inside).into()];
    call.into_iter().collect()
}

/// Attributes of others.
const OTHERS: [&str; 2] = [
    "instrument: #[tracing::instrument(skip_all)] \"\" lends;",
    "conditional: #[cfg_attr(all(), doc = \"conditional\")] \"\" lends;",
];

/// `, future` or `, call` where it is among `arguments`.
fn coverage(arguments: TokenStream) -> &'static str {
    let words = words(arguments);
    let asked = |word: &str| words.iter().any(|other| other == word);
    match (asked("future"), asked("call")) {
        (true, _) => ", future",
        (_, true) => ", call",
        _ => "",
    }
}

/// The arguments that are a single word.
fn words(arguments: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = arguments.into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',');
    let words = tokens.split(is_comma).filter_map(|argument| match argument {
        [TokenTree::Ident(word)] => Some(word.to_string()),
        _ => None,
    });
    words.collect()
}
