//! What of a sync fn's return type visibly is a future or a stream, or has one in it. A type alias is not looked through.

use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{
    GenericArgument, Generics, Path, PathArguments, PathSegment, ReturnType, Signature, Token, Type,
    TypeParamBound, TypePath, WherePredicate,
};

type Bounds = Punctuated<TypeParamBound, Token![+]>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReturnedFuture {
    No,
    /// `impl Future`.
    Plain,
    /// `Pin<Box<dyn Future>>`, `BoxFuture`, `LocalBoxFuture`.
    Boxed,
    /// A future that a wrapped one may not take the place of.
    OutOfReach,
    /// `impl Stream<..>`, `Pin<Box<dyn Stream<..>>>`, `BoxStream`, `LocalBoxStream`.
    Stream,
    /// One in a tuple, a `Vec`, an iterator's items; or what makes one when it is called.
    Inside,
}

pub(crate) fn of(signature: &Signature) -> ReturnedFuture {
    match &signature.output {
        ReturnType::Type(_, ty) => of_type(ty, &signature.generics),
        ReturnType::Default => ReturnedFuture::No,
    }
}

pub(crate) fn of_type(ty: &Type, generics: &Generics) -> ReturnedFuture {
    Futures::of(generics).of_type(ty)
}

/// The types that a signature's bounds say are futures, or have one in them, as they are written.
struct Futures(Vec<(String, ReturnedFuture)>);

impl Futures {
    fn of(generics: &Generics) -> Self {
        let mut futures = Futures(Vec::new());
        let bounded = bounded(generics);
        // A bound may name a type that is bounded after it: `F: Fn() -> T, T: Future`.
        for _ in &bounded {
            for (ty, bounds) in &bounded {
                match futures.of_bounds(bounds) {
                    ReturnedFuture::No => {}
                    ReturnedFuture::Plain => futures.0.push((ty.clone(), ReturnedFuture::OutOfReach)),
                    found => futures.0.push((ty.clone(), found)),
                }
            }
        }
        futures
    }

    fn of_type(&self, ty: &Type) -> ReturnedFuture {
        match ty {
            Type::Group(ty) => self.of_type(&ty.elem),
            Type::Paren(ty) => self.of_type(&ty.elem),
            Type::Path(ty) => self.of_path(ty),
            Type::ImplTrait(ty) => self.of_bounds(&ty.bounds),
            Type::TraitObject(ty) => match self.of_bounds(&ty.bounds) {
                ReturnedFuture::Plain => ReturnedFuture::OutOfReach,
                found => found,
            },
            ty if self.is_inside(ty) => ReturnedFuture::Inside,
            _ => ReturnedFuture::No,
        }
    }

    fn is_inside(&self, ty: &Type) -> bool {
        match ty {
            Type::Tuple(ty) => ty.elems.iter().any(|ty| self.has(ty)),
            Type::Array(ty) => self.has(&ty.elem),
            Type::Slice(ty) => self.has(&ty.elem),
            Type::Reference(ty) => self.has(&ty.elem),
            Type::Ptr(ty) => self.has(&ty.elem),
            Type::FnPtr(ty) => self.is_output(&ty.output),
            _ => false,
        }
    }

    fn has(&self, ty: &Type) -> bool {
        self.of_type(ty) != ReturnedFuture::No
    }

    fn is_output(&self, output: &ReturnType) -> bool {
        matches!(output, ReturnType::Type(_, ty) if self.has(ty))
    }

    fn of_path(&self, ty: &TypePath) -> ReturnedFuture {
        let path = &ty.path;
        let Some(last) = path.segments.last() else { return ReturnedFuture::No };
        match last.ident.to_string().as_str() {
            "BoxFuture" | "LocalBoxFuture" => ReturnedFuture::Boxed,
            "BoxStream" | "LocalBoxStream" => ReturnedFuture::Stream,
            "Pin" | "Box" if self.is_stream(last) => ReturnedFuture::Stream,
            "Pin" if types_in(last).into_iter().any(boxes_future) => ReturnedFuture::Boxed,
            "Box" if types_in(last).into_iter().any(is_future_object) => ReturnedFuture::OutOfReach,
            "Ready" | "Pending" if is_of_future_module(path) => ReturnedFuture::OutOfReach,
            // `Self::Future`, as of tower's `Service`.
            "Future" | "IntoFuture" if path.segments.len() > 1 => ReturnedFuture::OutOfReach,
            _ if self.is_in_arguments(&last.arguments) => ReturnedFuture::Inside,
            _ => self.bounded(&ty.to_token_stream().to_string()),
        }
    }

    /// `Box<dyn Stream<..>>`, and `Pin` of it.
    fn is_stream(&self, pointer: &PathSegment) -> bool {
        types_in(pointer).into_iter().any(|ty| self.of_type(ty) == ReturnedFuture::Stream)
    }

    fn bounded(&self, written: &str) -> ReturnedFuture {
        self.0.iter().find(|(ty, _)| ty == written).map_or(ReturnedFuture::No, |(_, found)| *found)
    }

    /// `impl Future<..> + Send` is one; `impl Iterator<Item = impl Future>` and `impl AsyncFn()` have one in them.
    fn of_bounds(&self, bounds: &Bounds) -> ReturnedFuture {
        let mut found = ReturnedFuture::No;
        for last in bounds.iter().filter_map(trait_of) {
            match last.ident.to_string().as_str() {
                "Future" => return ReturnedFuture::Plain,
                "IntoFuture" | "TryFuture" | "FusedFuture" => found = ReturnedFuture::OutOfReach,
                _ if is_stream(last) => found = ReturnedFuture::Stream,
                "AsyncFn" | "AsyncFnMut" | "AsyncFnOnce" => found = ReturnedFuture::Inside,
                _ if self.is_in_arguments(&last.arguments) => found = ReturnedFuture::Inside,
                _ => {}
            }
        }
        found
    }

    /// What a closure takes is not in it.
    fn is_in_arguments(&self, arguments: &PathArguments) -> bool {
        match arguments {
            PathArguments::None => false,
            PathArguments::Parenthesized(call) => self.is_output(&call.output),
            PathArguments::AngleBracketed(list) => list.args.iter().any(|argument| match argument {
                GenericArgument::Type(ty) => self.has(ty),
                GenericArgument::AssocType(associated) => self.has(&associated.ty),
                GenericArgument::Constraint(associated) => {
                    self.of_bounds(&associated.bounds) != ReturnedFuture::No
                }
                _ => false,
            }),
        }
    }
}

/// Each type that is bounded, in `<>` or after `where`, as it is written.
fn bounded(generics: &Generics) -> Vec<(String, &Bounds)> {
    let mut bounded = Vec::new();
    for ty in generics.type_params() {
        bounded.push((ty.ident.to_string(), &ty.bounds));
    }
    let Some(clause) = &generics.where_clause else { return bounded };
    for predicate in &clause.predicates {
        if let WherePredicate::Type(ty) = predicate {
            bounded.push((ty.bounded_ty.to_token_stream().to_string(), &ty.bounds));
        }
    }
    bounded
}

fn trait_of(bound: &TypeParamBound) -> Option<&PathSegment> {
    let TypeParamBound::Trait(bound) = bound else { return None };
    bound.path.segments.last()
}

/// `Box<dyn Future<..> + Send + 'a>`, `Box<impl Future>`.
fn boxes_future(ty: &Type) -> bool {
    let Type::Path(ty) = ungrouped(ty) else { return false };
    let boxed = ty.path.segments.last().filter(|last| last.ident == "Box");
    boxed.is_some_and(|boxed| {
        types_in(boxed).into_iter().any(|ty| match ungrouped(ty) {
            Type::ImplTrait(ty) => ty.bounds.iter().any(is_future),
            ty => is_future_object(ty),
        })
    })
}

/// `dyn Future<..> + Unpin`, which is a future in a `Box` without a `Pin`.
fn is_future_object(ty: &Type) -> bool {
    matches!(ungrouped(ty), Type::TraitObject(object) if object.bounds.iter().any(is_future))
}

/// The bound itself, not what is inside it.
fn is_future(bound: &TypeParamBound) -> bool {
    trait_of(bound).is_some_and(|last| last.ident == "Future")
}

/// `Stream<Item = T>`; a trait of this name without items is another one.
fn is_stream(name: &PathSegment) -> bool {
    let has_items = matches!(name.arguments, PathArguments::AngleBracketed(_));
    let names = ["Stream", "TryStream", "FusedStream", "AsyncIterator"];
    has_items && names.iter().any(|stream| name.ident == stream)
}

/// The type in parentheses, or that a `macro_rules!` passed on as `$ty:ty`.
fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(ty) => ungrouped(&ty.elem),
        Type::Paren(ty) => ungrouped(&ty.elem),
        ty => ty,
    }
}

/// `future::Ready<T>`, `Ready<T>`; a user's own `state::Ready<T>` or `Ready` is something else.
fn is_of_future_module(path: &Path) -> bool {
    match path.segments.iter().rev().nth(1) {
        Some(module) => module.ident == "future",
        None => path.segments.last().is_some_and(|name| types_in(name).len() == 1),
    }
}

fn types_in(segment: &PathSegment) -> Vec<&Type> {
    let mut types = Vec::new();
    if let PathArguments::AngleBracketed(list) = &segment.arguments {
        for argument in &list.args {
            if let GenericArgument::Type(ty) = argument {
                types.push(ty);
            }
        }
    }
    types
}

#[cfg(test)]
#[path = "../tests/returned_future.rs"]
mod tests;
