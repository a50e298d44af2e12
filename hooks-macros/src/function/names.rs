//! The names that a pattern binds, and those that an expression may use.

use crate::options::{Argument, expression};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Error, FnArg, Pat, PatIdent, PatParen, PatReference, PatSlice, PatTuple, PatTupleStruct, Signature,
};

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

/// Calls `$visit` for each pattern right inside of `$pattern`, by reference.
macro_rules! visit_parts {
    ($pattern:expr, $iter:ident, $reference:ident, $visit:expr) => {
        match $pattern {
            Pat::Ident(PatIdent { subpat: Some((_, pattern)), .. })
            | Pat::Paren(PatParen { pat: pattern, .. })
            | Pat::Reference(PatReference { pat: pattern, .. }) => $visit(pattern.$reference()),
            Pat::Or(pattern) => pattern.cases.$iter().for_each($visit),
            Pat::Slice(PatSlice { elems, .. })
            | Pat::Tuple(PatTuple { elems, .. })
            | Pat::TupleStruct(PatTupleStruct { elems, .. }) => elems.$iter().for_each($visit),
            Pat::Struct(pattern) => {
                for field in pattern.fields.$iter() {
                    $visit(field.pat.$reference());
                }
            }
            _ => {}
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
    visit_parts!(pattern, iter, as_ref, |part: &Pat| bind(part, names));
}

/// Visits each place where `pattern` binds a variable.
pub(crate) fn for_each_binding(pattern: &mut Pat, visit: &mut dyn FnMut(&mut PatIdent)) {
    if let Pat::Ident(binding) = pattern {
        visit(binding);
    }
    visit_parts!(pattern, iter_mut, as_mut, |part: &mut Pat| for_each_binding(part, visit));
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
    in_use: &str,
) -> syn::Result<Ident> {
    let name = syn::parse2::<Ident>(expression(argument, advice)?.to_token_stream());
    let name = name.map_err(|_| argument.fault(advice))?;
    if argument_names(signature).contains(&name) { Err(Error::new(name.span(), in_use)) } else { Ok(name) }
}
