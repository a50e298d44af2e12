//! What the user reads when the arguments of `#[labeled(..)]`, or the values of a region, are wrong.

use crate::function::names::argument_names;
use crate::options::Key;
use crate::options::advice::unknown_argument;
use proc_macro2::{Ident, Span};
use syn::{Error, Signature};

/// As many labels as the runtime's tuples of values go.
pub(super) const MOST_LABELS: usize = 8;
pub(super) const USAGE: &str = "labels are `argument`, `key = expr`, `key = %expr` (Display), \
                                `key = ?expr` (Debug); \
                                options are `unit(key = \"..\")`, `future`, `call`, `crate = ::path`";
pub(super) const UNIT: &str =
    "a unit is a string, given for a key of this attribute: `unit(size = \"bytes\")`";

/// What the site's text sets between keys, and what a reader would trip over.
const NOT_IN_KEYS: [char; 8] = [' ', ',', ':', '=', '(', ')', '"', '\\'];

/// What may be a label's key or its unit.
pub(super) fn refuse_marks(what: &str, text: &str, span: Span) -> syn::Result<()> {
    let advice = if text.is_empty() {
        format!("a {what} is not empty: write a word like `size`")
    } else if text.starts_with("pprof::") {
        format!("`pprof::` starts the {what}s of the profiler itself: take another word")
    } else if let Some(mark) = text.chars().find(|c| NOT_IN_KEYS.contains(c) || c.is_control()) {
        format!("{mark:?} may not stand in a {what}: write letters, digits, `_`, `-`, `.` or `/`")
    } else {
        return Ok(());
    };
    Err(Error::new(span, advice))
}

/// The key `a.b` or `"a b"` without a value.
pub(super) fn not_an_argument(key: &Key) -> Error {
    let name = &key.name;
    match name.rsplit_once('.') {
        Some((_, last)) if !key.quoted => {
            Error::new(key.span, format!("a part of an argument needs a key: write `{last} = {name}`"))
        }
        _ => Error::new(key.span, format!("a quoted key needs a value: write `\"{name}\" = expr`")),
    }
}

/// A bare word that is neither a label's argument nor an option.
pub(super) fn no_such_argument(ident: &Ident, signature: &Signature, usage: &str) -> Error {
    if ident == "self" {
        return Error::new(ident.span(), "`self` is no value as it is: write `key = self.field`");
    }
    let otherwise = format!("write `{ident} = expr`");
    unknown_argument(ident, &argument_names(signature), &otherwise, usage)
}
