//! What the user reads when the arguments of an attribute are wrong, those of `#[labeled(..)]` before all: every message
//! says what to write instead.

use crate::args::{Argument, Key, Value};
use crate::names::argument_names;
use crate::nearest::did_you_mean;
use proc_macro2::{Ident, Span};
use syn::{Error, Signature};

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

/// A bare word that is neither a label's argument nor an option.
pub(crate) fn no_such_argument(ident: &Ident, signature: &Signature) -> Error {
    if ident == "self" {
        return Error::new(ident.span(), "`self` is not a label's value as it is: write `key = self.field`");
    }
    let otherwise = format!("write `{ident} = expr`");
    unknown_argument(ident, &argument_names(signature), &otherwise, USAGE)
}

/// `names` are the fn's own, and `usage` tells the options.
pub(crate) fn unknown_argument(ident: &Ident, names: &[Ident], otherwise: &str, usage: &str) -> Error {
    let words: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut known: Vec<&str> = words.iter().map(String::as_str).collect();
    known.append(&mut option_names(usage));
    let hint = did_you_mean(&ident.to_string(), &known);
    let advice = if names.is_empty() {
        format!(": {otherwise}")
    } else {
        format!(", it has {}: name one of them or {otherwise}", listed(&words))
    };
    let options = options(usage);
    Error::new(ident.span(), format!("this fn has no argument `{ident}`{hint}{advice}; {options}"))
}

/// An option that an attribute with this `usage` does not have.
pub(crate) fn unknown_option(argument: &Argument, usage: &str) -> Error {
    let name = &argument.key.name;
    let hint = did_you_mean(name, &option_names(usage));
    // An option that takes no value may be known without.
    let value = match argument.value {
        Value::Bare => "",
        Value::Expr { .. } => " = ..",
        Value::List(_) => "(..)",
    };
    argument.fault(format!("unknown option `{name}{value}`{hint}; {usage}"))
}

/// "options are ..", with which each usage ends.
fn options(usage: &str) -> &str {
    usage.find("options are ").map_or("", |start| &usage[start..])
}

/// ``options are `restore(nice, ..)`, `crate = ::path` `` -> `restore`, `crate`.
fn option_names(usage: &str) -> Vec<&str> {
    let mut names = Vec::new();
    // Every second piece is between two marks.
    for (index, piece) in options(usage).split('`').enumerate() {
        if index % 2 == 1 {
            let end = piece.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(piece.len());
            names.push(&piece[..end]);
        }
    }
    names
}

/// `future` and `call` are options; an argument may have the same name.
pub(crate) fn meant_as_label(word: &Ident, signature: &Signature) -> String {
    if argument_names(signature).contains(word) {
        return format!("; for a label of the argument `{word}` write `{word} = {word}`");
    }
    String::new()
}

/// `` `a`, `b` ``: each once, although a key that was given twice may still be among them.
pub(crate) fn listed(names: &[String]) -> String {
    let mut listed: Vec<String> = Vec::new();
    for name in names {
        let name = format!("`{name}`");
        if !listed.contains(&name) {
            listed.push(name);
        }
    }
    listed.join(", ")
}
