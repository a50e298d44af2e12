//! What of a sync fn's return type visibly is a future. A type alias is not looked through.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, Path, PathArguments, PathSegment, ReturnType, Type, TypeParamBound};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReturnedFuture {
    No,
    /// `impl Future`.
    Plain,
    /// `Pin<Box<dyn Future>>`, `BoxFuture`, `LocalBoxFuture`.
    Boxed,
    /// A future that a wrapped one may not take the place of.
    OutOfReach,
}

pub(crate) fn of(output: &ReturnType) -> ReturnedFuture {
    match output {
        ReturnType::Type(_, ty) => of_type(ty),
        ReturnType::Default => ReturnedFuture::No,
    }
}

fn of_type(ty: &Type) -> ReturnedFuture {
    match ty {
        Type::ImplTrait(ty) if has_bound(&ty.bounds, "Future") => ReturnedFuture::Plain,
        Type::ImplTrait(ty) if has_bound(&ty.bounds, "IntoFuture") => ReturnedFuture::OutOfReach,
        Type::Group(ty) => of_type(&ty.elem),
        Type::Paren(ty) => of_type(&ty.elem),
        Type::Path(ty) => of_path(&ty.path),
        _ => ReturnedFuture::No,
    }
}

fn of_path(path: &Path) -> ReturnedFuture {
    let Some(last) = path.segments.last() else { return ReturnedFuture::No };
    match last.ident.to_string().as_str() {
        "BoxFuture" | "LocalBoxFuture" => ReturnedFuture::Boxed,
        "Pin" if boxes_future(last.arguments.to_token_stream()) => ReturnedFuture::Boxed,
        "Box" if types_in(last).any(is_future_object) => ReturnedFuture::OutOfReach,
        "Ready" | "Pending" if is_of_future_module(path) => ReturnedFuture::OutOfReach,
        "Option" | "Result" if types_in(last).any(|ty| of_type(ty) != ReturnedFuture::No) => {
            ReturnedFuture::OutOfReach
        }
        _ => ReturnedFuture::No,
    }
}

/// `impl Future<..> + Send`: one of the bounds themselves, not of what is inside them.
fn has_bound<'a>(bounds: impl IntoIterator<Item = &'a TypeParamBound>, name: &str) -> bool {
    bounds.into_iter().any(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return false };
        bound.path.segments.last().is_some_and(|last| last.ident == name)
    })
}

/// `<Box<dyn Future<..> + Send + 'a>>`, whatever paths its names are written with.
fn boxes_future(arguments: TokenStream) -> bool {
    let mut names = arguments.into_iter().filter_map(|token| match token {
        TokenTree::Ident(name) => Some(name.to_string()),
        _ => None,
    });
    names.any(|name| name == "Box") && names.any(|name| name == "Future")
}

/// `dyn Future<..> + Unpin`, which is a future in a `Box` without a `Pin`.
fn is_future_object(ty: &Type) -> bool {
    match ty {
        Type::TraitObject(object) => has_bound(&object.bounds, "Future"),
        Type::Group(ty) => is_future_object(&ty.elem),
        Type::Paren(ty) => is_future_object(&ty.elem),
        _ => false,
    }
}

/// `future::Ready<T>`, `Ready<T>`; a user's own `state::Ready<T>` or `Ready` is something else.
fn is_of_future_module(path: &Path) -> bool {
    match path.segments.iter().rev().nth(1) {
        Some(module) => module.ident == "future",
        None => path.segments.last().is_some_and(|name| types_in(name).count() == 1),
    }
}

fn types_in(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

#[cfg(test)]
#[path = "tests/returned_future.rs"]
mod tests;
