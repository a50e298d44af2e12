//! The name of what a trace shows, where it is not the fn's: `#[region("db.query")]`.

use super::Argument;
use crate::faults::Faults;
use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::{Error, LitStr, Token};

/// One argument of an attribute that may have a name in front.
pub(crate) enum NamedArgument {
    Name(Name),
    Other(Argument),
}

pub(crate) struct Name {
    text: String,
    span: Span,
}

/// What the site's text sets between arguments, and what a reader would trip over.
const NOT_IN_NAMES: [char; 5] = [',', '(', ')', '"', '\\'];

impl Parse for NamedArgument {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if !input.peek(LitStr) || input.peek2(Token![=]) {
            return input.parse().map(NamedArgument::Other);
        }
        let literal: LitStr = input.parse()?;
        let (text, span) = (literal.value(), literal.span());
        let refused = text.chars().find(|c| NOT_IN_NAMES.contains(c) || c.is_control());
        let advice = match refused {
            _ if text.trim().is_empty() => "a name is not empty: write one like `\"db.query\"`".to_owned(),
            Some(mark) => {
                format!(
                    "{mark:?} may not stand in a name: write letters, digits, spaces, `_`, `-`, `.` or `/`"
                )
            }
            None => return Ok(NamedArgument::Name(Name { text, span })),
        };
        Err(Error::new(span, advice))
    }
}

impl Name {
    /// `name=db.query`, as the site says it.
    pub(crate) fn listed(&self) -> String {
        format!("name={}", self.text)
    }
}

/// The name, which is in front of all others, and those. `advice` is for one that is not.
pub(crate) fn taken(
    arguments: Vec<NamedArgument>,
    advice: &str,
    faults: &mut Faults,
) -> (Option<Name>, Vec<Argument>) {
    let (mut name, mut others) = (None, Vec::new());
    for (index, argument) in arguments.into_iter().enumerate() {
        match argument {
            NamedArgument::Name(found) if index == 0 => name = Some(found),
            NamedArgument::Name(found) => faults.add(Error::new(found.span, advice)),
            NamedArgument::Other(argument) => others.push(argument),
        }
    }
    (name, others)
}
