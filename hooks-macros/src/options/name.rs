//! The name of what a trace shows, where it is not the fn's: `#[region("db.query")]`.

use syn::parse::{Parse, ParseStream};
use syn::{Error, LitStr};

pub(crate) struct Name {
    text: String,
}

/// What the site's text sets between arguments, and what a reader would trip over.
const NOT_IN_NAMES: [char; 5] = [',', '(', ')', '"', '\\'];

impl Parse for Name {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let literal: LitStr = input.parse()?;
        let text = literal.value();
        let refused = text.chars().find(|c| NOT_IN_NAMES.contains(c) || c.is_control());
        let advice = match refused {
            _ if text.trim().is_empty() => "a name is not empty: write one like `\"db.query\"`".to_owned(),
            Some(mark) => {
                format!(
                    "{mark:?} may not stand in a name: write letters, digits, spaces, `_`, `-`, `.` or `/`"
                )
            }
            None => return Ok(Name { text }),
        };
        Err(Error::new(literal.span(), advice))
    }
}

impl Name {
    /// `name=db.query`, as the site says it.
    pub(crate) fn listed(&self) -> String {
        format!("name={}", self.text)
    }
}
