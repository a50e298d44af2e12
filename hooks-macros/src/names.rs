//! The names that a pattern binds, and those that an expression may use.

use crate::args::{Argument, expression};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Error, FnArg, Pat, PatIdent, Signature};

/// Every name in `tokens`, at any depth: of an expression, what it may use and some more.
pub(crate) fn mentioned_names(tokens: TokenStream) -> Vec<Ident> {
    let mut names = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(name) => names.push(name),
            TokenTree::Group(group) => names.extend(mentioned_names(group.stream())),
            _ => {}
        }
    }
    names
}

/// The patterns right inside of one, by reference.
macro_rules! parts {
    ($pattern:expr, $iter:ident, $reference:ident) => {
        match $pattern {
            Pat::Ident(binding) => {
                binding.subpat.$reference().map(|(_, pattern)| pattern.$reference()).into_iter().collect()
            }
            Pat::Or(pattern) => pattern.cases.$iter().collect(),
            Pat::Paren(pattern) => vec![pattern.pat.$reference()],
            Pat::Reference(pattern) => vec![pattern.pat.$reference()],
            Pat::Slice(pattern) => pattern.elems.$iter().collect(),
            Pat::Struct(pattern) => pattern.fields.$iter().map(|field| field.pat.$reference()).collect(),
            Pat::Tuple(pattern) => pattern.elems.$iter().collect(),
            Pat::TupleStruct(pattern) => pattern.elems.$iter().collect(),
            _ => Vec::new(),
        }
    };
}

/// The variables of `pattern`: `x` in `(x, _)`, `ref x`, `mut x`, `x @ ..`.
pub(crate) fn bound_names(pattern: &Pat) -> Vec<Ident> {
    let mut names = Vec::new();
    bind(pattern, &mut names);
    names
}

fn bind(pattern: &Pat, names: &mut Vec<Ident>) {
    match pattern {
        // Each alternative of `A(x) | B(x)` binds the same names.
        Pat::Ident(binding) if !names.contains(&binding.ident) => names.push(binding.ident.clone()),
        _ => {}
    }
    let parts: Vec<&Pat> = parts!(pattern, iter, as_ref);
    for part in parts {
        bind(part, names);
    }
}

/// Visits each place where `pattern` binds a variable.
pub(crate) fn for_each_binding(pattern: &mut Pat, visit: &mut dyn FnMut(&mut PatIdent)) {
    if let Pat::Ident(binding) = pattern {
        visit(binding);
    }
    let parts: Vec<&mut Pat> = parts!(pattern, iter_mut, as_mut);
    for part in parts {
        for_each_binding(part, visit);
    }
}

/// The variables of the fn's arguments, but `self`.
pub(crate) fn argument_names(signature: &Signature) -> Vec<Ident> {
    let mut names = Vec::new();
    for argument in &signature.inputs {
        if let FnArg::Typed(argument) = argument {
            bind(&argument.pat, &mut names);
        }
    }
    names
}

/// The value of `key = name`, a variable beside the arguments.
pub(crate) fn new_name(
    argument: &Argument,
    signature: &Signature,
    advice: &str,
    taken: &str,
) -> syn::Result<Ident> {
    let name = syn::parse2::<Ident>(expression(argument, advice)?.to_token_stream());
    let name = name.map_err(|_| argument.fault(advice))?;
    if argument_names(signature).contains(&name) { Err(Error::new(name.span(), taken)) } else { Ok(name) }
}
