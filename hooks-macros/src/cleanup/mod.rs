//! `#[cleanup(..)]`: on a fn what runs when it is left, on a struct what runs when a value goes.
//!
//! In: the arguments and the item. Out: for a fn (`on_fn`) a guard that makes the `call`; for a struct (`on_struct`) its `close`
//! and a net, from its `structure`, `fields` and `field_types`. `options` are of both, `advice` is what the user reads.

mod advice;
mod call;
mod field_types;
mod fields;
mod on_fn;
mod on_struct;
mod options;
mod structure;

use crate::tokens::is_one_of;
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::Error;

pub(crate) use on_fn::Cleanup;

/// The expansion on an item that is no fn, where it is none.
fn on_other_item(arguments: &TokenStream, item: &TokenStream) -> Option<syn::Result<TokenStream>> {
    let word = item_word(item.clone())?;
    match word.to_string().as_str() {
        "struct" => Some(on_struct::expand(arguments.clone(), item.clone())),
        "fn" => None,
        _ => Some(Err(Error::new(word.span(), advice::on_other_type(&word)))),
    }
}

/// `struct`, `enum`, `union` or `fn`, if the item is one of these.
fn item_word(item: TokenStream) -> Option<Ident> {
    item.into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if is_one_of(&word, &["struct", "enum", "union", "fn"]) => Some(word),
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => item_word(group.stream()),
        _ => None,
    })
}

#[cfg(test)]
#[path = "../tests/cleanup.rs"]
mod tests;
