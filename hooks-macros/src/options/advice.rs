//! What the user reads when the arguments of an attribute are wrong: every message says what to write instead.

use super::{Argument, Value};
use proc_macro2::Ident;
use syn::Error;

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

/// The candidate that `word` is a few letters from; with fewer of its letters right it would be a guess.
///
/// Own code, since a dependency here is one more crate in the build of everybody who uses an attribute.
fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let (mut within, mut nearest) = (word.chars().count() / 3 + 1, None);
    for candidate in candidates {
        let distance = distance(word, candidate);
        if distance < within {
            (within, nearest) = (distance, Some(*candidate));
        }
    }
    nearest
}

/// ``" (did you mean `future`?)"``, or nothing.
pub(crate) fn did_you_mean(word: &str, candidates: &[&str]) -> String {
    nearest(word, candidates).map(|meant| format!(" (did you mean `{meant}`?)")).unwrap_or_default()
}

/// Letters to put in, take out or replace, after Levenshtein.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, other) in to.chars().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.chars().count()]
}

#[cfg(test)]
#[path = "../tests/nearest.rs"]
mod tests;
