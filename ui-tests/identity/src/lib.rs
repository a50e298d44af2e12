//! Attributes that leave the item as it is, or put another one in the place of `labeled`.
//!
//! A case of the edge matrix is written once, with `#[labeled(..)]`, and compiled with each of them under that name.

use proc_macro::{TokenStream, TokenTree};

/// The plain twin of `hooks_runtime::labeled`.
#[proc_macro_attribute]
pub fn labeled(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    item
}

/// `hooks_runtime::cleanup`, with the words `future` and `call` of `labeled`.
#[proc_macro_attribute]
pub fn cleaned_up(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut inside = vec!["::core::mem::drop(())".to_owned()];
    inside.extend(words(arguments).into_iter().filter(|word| word == "future" || word == "call"));
    let attribute = format!("#[::hooks_runtime::cleanup({})]", inside.join(", "));
    attribute.parse::<TokenStream>().into_iter().chain([item]).collect()
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
