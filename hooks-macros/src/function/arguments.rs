//! The arguments of a fn whose body becomes a future's or another thread's: moved in, and seen from outside.

use super::names::{bound_names, for_each_binding};
use crate::configuration;
use crate::tokens::{changed, is_mark, ours_at, regrouped};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, Pat, PatIdent, PatType, Signature};

/// Moves every argument into the async block, so that it drops there and in the plain fn's order.
///
/// A pattern is taken apart inside: the signature keeps a plain name in its place. With `keep_patterns` it stays where
/// it is, because the next attribute may name its parts, and what it binds is moved.
/// `uses`: what a value outside has mentioned already, or the next attribute will, so that an argument that only a label
/// or a cleanup uses is used.
pub(crate) fn rebind_arguments(
    signature: &mut Signature,
    uses: &[Ident],
    keep_patterns: bool,
) -> TokenStream {
    let mut rebinds = TokenStream::new();
    for (index, argument) in signature.inputs.iter_mut().enumerate() {
        rebinds.extend(match argument {
            FnArg::Receiver(receiver) => capture(&Ident::new("self", receiver.self_token.span)),
            FnArg::Typed(argument) => rebind(argument, index, uses, keep_patterns),
        });
    }
    rebinds
}

/// `self` cannot be rebound; a borrow is enough for `async move` to take it in.
fn capture(name: &Ident) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> let _ = &#name;)
}

/// Makes `name` used. No borrow, because what is borrowed is kept over each await: a larger future.
fn mention(name: &Ident) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> let _ = #name;)
}

fn rebind(argument: &mut PatType, index: usize, uses: &[Ident], keep_patterns: bool) -> TokenStream {
    let cfg = configuration::of(&argument.attrs);
    // They speak of the argument's names, which are bound by our `let` now.
    let lints = configuration::take_lints(&mut argument.attrs);
    let mentions = bound_names(&argument.pat).into_iter().filter(|name| uses.contains(name));
    // `_x` may be unused, and a use of it is a lint's business.
    let mentions = mentions.filter(|name| !name.to_string().starts_with('_'));
    let mentions: Vec<_> = mentions.map(|name| mention(&name)).collect();
    let rebinds = match &mut *argument.pat {
        Pat::Wild(_) => {
            let whole = replace_pattern(argument, index).0;
            quote_spanned!(Span::mixed_site()=> #cfg let __argument = #whole;)
        }
        pattern if keep_patterns || is_name(pattern) => {
            let bindings = rebind_bindings(pattern);
            quote!(#(#cfg #lints #bindings)*)
        }
        // First whole, since `async move` would capture only the parts that the pattern names.
        _ => {
            let (whole, mut pattern) = replace_pattern(argument, index);
            let mutable = binds_mutably(&mut pattern);
            quote_spanned!(Span::mixed_site()=> #cfg let #mutable #whole = #whole; #cfg #lints let #pattern = #whole;)
        }
    };
    quote!(#rebinds #(#cfg #mentions)*)
}

/// `x`, `mut x`.
pub(crate) fn is_name(pattern: &Pat) -> bool {
    matches!(pattern, Pat::Ident(PatIdent { by_ref: None, subpat: None, .. }))
}

/// `mut` where the pattern has a `ref mut`, which is of the argument itself if no `&mut` is round it.
fn binds_mutably(pattern: &mut Pat) -> Option<TokenStream> {
    let mut mutable = None;
    for_each_binding(pattern, &mut |binding| {
        if let (Some(_), Some(mutability)) = (&binding.by_ref, &binding.mutability) {
            mutable = Some(quote_spanned!(ours_at(mutability.span)=> mut));
        }
    });
    mutable
}

/// `let x = x;` for each name that `pattern` binds; `mut` moves along.
fn rebind_bindings(pattern: &mut Pat) -> Vec<TokenStream> {
    let mut rebinds = Vec::new();
    for_each_binding(pattern, &mut |PatIdent { by_ref, mutability, ident, .. }| {
        let mutability = if by_ref.is_none() { mutability.take() } else { None };
        let value = moved_in(ident);
        rebinds.push(quote!(let #mutability #ident = #value;));
    });
    rebinds
}

/// The value of an argument, as it is moved in.
///
/// `let _x = _x;` is no use of an argument that the user keeps unused. An allowance on that `let` would be one for all
/// uses of the new `_x`, the user's own among them; so it is on a statement of its own.
fn moved_in(name: &Ident) -> TokenStream {
    let allow = keeps_unused(name);
    if allow.is_empty() {
        return name.to_token_stream();
    }
    quote_spanned!(Span::mixed_site()=> { #allow let __argument = #name; __argument })
}

/// For a mention of `name` that is ours.
pub(crate) fn keeps_unused(name: &impl ToString) -> TokenStream {
    if !name.to_string().starts_with('_') {
        return TokenStream::new();
    }
    quote_spanned!(Span::mixed_site()=> #[allow(clippy::used_underscore_binding)])
}

/// Puts a plain name in the place of a pattern.
fn replace_pattern(argument: &mut PatType, index: usize) -> (Ident, Pat) {
    let name = argument_name(index);
    let pattern = std::mem::replace(&mut *argument.pat, Pat::Verbatim(name.to_token_stream()));
    (name, pattern)
}

/// The name that stands in the signature for the pattern of argument `index`.
pub(crate) fn argument_name(index: usize) -> Ident {
    format_ident!("argument{}", index, span = Span::mixed_site())
}

/// `values` outside of the future, where they name parts of patterns, of `used`.
///
/// The guard of an arm sees each part as the body will, with its type, and moves none as long as the arm is not taken. The
/// first of the two is what a `let` of the values needs before it, since clippy sees that the arms diverge.
pub(crate) fn with_parts(
    signature: &Signature,
    used: &[Ident],
    values: TokenStream,
) -> (Option<TokenStream>, TokenStream) {
    let mixed = Span::mixed_site();
    let mut patterns = Vec::new();
    for (index, argument) in signature.inputs.iter().enumerate() {
        let FnArg::Typed(argument) = argument else { continue };
        let names = bound_names(&argument.pat);
        if !is_name(&argument.pat) && names.iter().any(|name| used.contains(name)) {
            patterns.push((argument_name(index), argument));
        }
    }
    if patterns.is_empty() {
        return (None, values);
    }
    let innermost = quote_spanned!(mixed=> break '__values #values);
    let looked_at = patterns.into_iter().rev().fold(innermost, |inside, (whole, argument)| {
        let pattern = without_mut(argument.pat.to_token_stream());
        let cfg = configuration::of(&argument.attrs);
        let otherwise = (!cfg.is_empty()).then(|| quote_spanned!(mixed=> ; #inside));
        quote_spanned! {mixed=>
            #cfg
            #[allow(unused_variables, unreachable_code, unreachable_patterns)]
            match #whole { #pattern if { #inside } => loop {}, _ => loop {} }
            #otherwise
        }
    });
    let allow = quote_spanned!(mixed=> #[allow(clippy::diverging_sub_expression)]);
    (Some(allow), quote_spanned!(mixed=> '__values: { #looked_at }))
}

/// `(mut a, ref mut b, &mut c)` -> `(a, ref b, &mut c)`: a guard changes nothing, and what is not `mut` itself has no
/// `ref mut`.
fn without_mut(tokens: TokenStream) -> TokenStream {
    let mut after_reference = false;
    changed(tokens, &mut |token| {
        let is_of_reference = std::mem::replace(&mut after_reference, is_mark(Some(&token), '&'));
        match token {
            TokenTree::Ident(name) if name == "mut" && !is_of_reference => None,
            TokenTree::Group(group) => Some(regrouped(&group, without_mut)),
            token => Some(token),
        }
    })
}

/// What an argument is known by outside of the future: a plain name of ours, or what the user's pattern binds.
pub(crate) struct Variable {
    pub(crate) name: TokenStream,
    pub(crate) configuration: TokenStream,
    /// Its type.
    pub(crate) place: Span,
}

pub(crate) fn variables(signature: &Signature) -> Vec<Variable> {
    let mut variables = Vec::new();
    for argument in &signature.inputs {
        match argument {
            FnArg::Receiver(receiver) => {
                let (name, place) = (quote!(self), receiver.self_token.span);
                variables.push(Variable { name, configuration: TokenStream::new(), place });
            }
            FnArg::Typed(argument) => {
                let names = match &*argument.pat {
                    Pat::Verbatim(name) => vec![name.clone()],
                    pattern => bound_names(pattern).iter().map(ToTokens::to_token_stream).collect(),
                };
                variables.extend(names.into_iter().map(|name| Variable {
                    name,
                    configuration: configuration::of(&argument.attrs),
                    place: argument.ty.span(),
                }));
            }
        }
    }
    variables
}
