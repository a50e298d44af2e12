//! What the user reads when the arguments of `#[labeled(..)]` are wrong: every message says what to write instead.

use crate::args::Key;
use crate::names::bound_names;
use proc_macro2::{Ident, Span};
use syn::{Error, FnArg, Signature};

/// As many labels as the runtime's tuples of values go.
pub(crate) const MOST_LABELS: usize = 8;
pub(crate) const USAGE: &str = "labels are `argument`, `key = expr`, `key = %expr` (Display), \
                                `key = ?expr` (Debug); \
                                options are `unit(key = \"..\")`, `future`, `call`, `crate = ::path`";
pub(crate) const UNIT: &str = "a unit is a string, given for a label of this fn: `unit(size = \"bytes\")`";

/// What the site's text sets between keys, and what a reader would trip over.
const NOT_IN_KEYS: [char; 7] = [' ', ',', ':', '(', ')', '"', '\\'];

/// What may be a label's key or its unit.
pub(crate) fn refuse_marks(what: &str, text: &str, span: Span) -> syn::Result<()> {
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
pub(crate) fn not_an_argument(key: &Key) -> Error {
    let name = &key.name;
    match name.rsplit_once('.') {
        Some((_, last)) if !key.quoted => {
            Error::new(key.span, format!("a part of an argument needs a key: write `{last} = {name}`"))
        }
        _ => Error::new(key.span, format!("a quoted key needs a value: write `\"{name}\" = expr`")),
    }
}

pub(crate) fn no_such_argument(ident: &Ident, signature: &Signature) -> Error {
    let names = argument_names(signature);
    let advice = if ident == "self" {
        "`self` is not a label's value as it is: write `key = self.field`".to_owned()
    } else if names.is_empty() {
        format!("this fn has no argument `{ident}`: write `{ident} = expr`")
    } else {
        let names = listed(names.iter());
        format!(
            "this fn has no argument `{ident}`, it has {names}: name one of them or write `{ident} = expr`"
        )
    };
    Error::new(ident.span(), advice)
}

/// `future` and `call` are options; an argument may have the same name.
pub(crate) fn meant_as_label(word: &Ident, signature: &Signature) -> String {
    if argument_names(signature).contains(word) {
        return format!("; for a label of the argument `{word}` write `{word} = {word}`");
    }
    String::new()
}

/// `` `a`, `b` ``: each once, although a key that was given twice may still be among them.
pub(crate) fn listed(names: impl Iterator<Item = impl std::fmt::Display>) -> String {
    let mut listed: Vec<String> = Vec::new();
    for name in names.map(|name| format!("`{name}`")) {
        if !listed.contains(&name) {
            listed.push(name);
        }
    }
    listed.join(", ")
}

fn argument_names(signature: &Signature) -> Vec<Ident> {
    let patterns = signature.inputs.iter().filter_map(|argument| match argument {
        FnArg::Typed(argument) => Some(&*argument.pat),
        FnArg::Receiver(_) => None,
    });
    patterns.flat_map(bound_names).collect()
}
