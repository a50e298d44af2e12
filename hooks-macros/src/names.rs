//! The names that a pattern binds, and those that an expression may use.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{Pat, PatIdent};

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

/// The variables of `pattern`.
pub(crate) fn bound_names(pattern: &Pat) -> Vec<Ident> {
    let mut names: Vec<Ident> = Vec::new();
    for_each_binding(&mut pattern.clone(), &mut |binding| {
        // Each alternative of `A(x) | B(x)` binds the same names.
        if !names.contains(&binding.ident) {
            names.push(binding.ident.clone());
        }
    });
    names
}

/// Visits `x` in `(x, _)`, `ref x`, `mut x`, `x @ ..`.
pub(crate) fn for_each_binding(pattern: &mut Pat, visit: &mut dyn FnMut(&mut PatIdent)) {
    let parts: Vec<&mut Pat> = match pattern {
        Pat::Ident(binding) => {
            visit(binding);
            binding.subpat.iter_mut().map(|(_, pattern)| &mut **pattern).collect()
        }
        Pat::Or(pattern) => pattern.cases.iter_mut().collect(),
        Pat::Paren(pattern) => vec![&mut pattern.pat],
        Pat::Reference(pattern) => vec![&mut pattern.pat],
        Pat::Slice(pattern) => pattern.elems.iter_mut().collect(),
        Pat::Struct(pattern) => pattern.fields.iter_mut().map(|field| &mut *field.pat).collect(),
        Pat::Tuple(pattern) => pattern.elems.iter_mut().collect(),
        Pat::TupleStruct(pattern) => pattern.elems.iter_mut().collect(),
        _ => Vec::new(),
    };
    for part in parts {
        for_each_binding(part, visit);
    }
}
