//! `#[cleanup(..)]`: on a fn what runs when it is left, on a struct what runs when a value goes.

mod advice;
mod call;
mod field_types;
mod fields;
mod on_fn;
mod on_struct;
mod options;
mod structure;

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Token, Visibility};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    match item_word.parse2(item.clone())? {
        Some(word) if word == "struct" => on_struct::expand(arguments, item),
        Some(word) if word == "enum" || word == "union" => {
            Err(Error::new(word.span(), advice::on_other_type(&word)))
        }
        _ => on_fn::expand(arguments, item),
    }
}

/// `struct`, `enum` or `union`, if that is what the item is.
fn item_word(input: ParseStream) -> syn::Result<Option<Ident>> {
    input.call(Attribute::parse_outer)?;
    input.parse::<Visibility>()?;
    let word = input.peek(Token![struct]) || input.peek(Token![enum]) || input.peek(Token![union]);
    let word = if word { Some(input.call(Ident::parse_any)?) } else { None };
    input.parse::<TokenStream>()?;
    Ok(word)
}

#[cfg(test)]
#[path = "../tests/cleanup.rs"]
mod tests;
