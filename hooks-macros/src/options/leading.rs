//! A text in front of all options: `#[region("db.query", ..)]`, `#[capture("slow.pftrace", ..)]`.

use super::Argument;
use crate::faults::Faults;
use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::{Error, LitStr, Token};

/// One argument of an attribute that may have a text in front.
pub(crate) enum Leading<T> {
    Text(T, Span),
    Other(Argument),
}

impl<T: Parse> Parse for Leading<T> {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let span = input.span();
        if input.peek(LitStr) && !input.peek2(Token![=]) {
            return Ok(Leading::Text(input.parse()?, span));
        }
        input.parse().map(Leading::Other)
    }
}

/// The text, which is in front of all others, and those. `advice` is for one that is not.
pub(crate) fn taken<T>(
    arguments: Vec<Leading<T>>,
    advice: &str,
    faults: &mut Faults,
) -> (Option<T>, Vec<Argument>) {
    let (mut text, mut others) = (None, Vec::new());
    for (index, argument) in arguments.into_iter().enumerate() {
        match argument {
            Leading::Text(found, _) if index == 0 => text = Some(found),
            Leading::Text(_, span) => faults.add(Error::new(span, advice)),
            Leading::Other(argument) => others.push(argument),
        }
    }
    (text, others)
}
