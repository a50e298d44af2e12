//! What of an argument's type visibly borrows from the caller.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{GenericArgument, Lifetime, PathArguments, Type, TypeParamBound};

/// The first borrow in `ty` that is not `'static`. A lifetime that is not written is not seen.
pub(crate) fn find(ty: &Type) -> Option<TokenStream> {
    match ty {
        Type::Reference(reference) => match &reference.lifetime {
            Some(lifetime) if lifetime.ident == "static" => find(&reference.elem),
            _ => Some(reference.to_token_stream()),
        },
        Type::Path(path) => path.path.segments.iter().find_map(|segment| in_arguments(&segment.arguments)),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(find),
        Type::Array(array) => find(&array.elem),
        Type::Slice(slice) => find(&slice.elem),
        Type::Group(group) => find(&group.elem),
        Type::Paren(paren) => find(&paren.elem),
        Type::ImplTrait(bounded) => bounded.bounds.iter().find_map(in_bound),
        Type::TraitObject(bounded) => bounded.bounds.iter().find_map(in_bound),
        // The `&` of a `fn(&str)` is of its own arguments.
        _ => None,
    }
}

fn in_arguments(arguments: &PathArguments) -> Option<TokenStream> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Lifetime(lifetime) => in_lifetime(lifetime),
        GenericArgument::Type(ty) => find(ty),
        GenericArgument::AssocType(assigned) => find(&assigned.ty),
        _ => None,
    })
}

fn in_bound(bound: &TypeParamBound) -> Option<TokenStream> {
    match bound {
        TypeParamBound::Lifetime(lifetime) => in_lifetime(lifetime),
        // `for<'a> Trait<'a>` names a lifetime of its own.
        TypeParamBound::Trait(bound) if bound.lifetimes.is_none() => {
            bound.path.segments.iter().find_map(|segment| in_arguments(&segment.arguments))
        }
        _ => None,
    }
}

fn in_lifetime(lifetime: &Lifetime) -> Option<TokenStream> {
    (lifetime.ident != "static").then(|| lifetime.to_token_stream())
}

#[cfg(test)]
mod tests {
    #[test]
    fn borrows_are_found_and_what_only_looks_like_one_is_not() {
        let found = |ty: &str| {
            super::find(&syn::parse_str(ty).expect(ty)).map(|found| found.to_string().replace(' ', ""))
        };
        for ty in [
            "String",
            "&'static str",
            "Option<&'static [u8]>",
            "fn(&str) -> &str",
            "Box<dyn Fn(&str) -> &str + Send>",
            "impl for<'a> Decode<'a> + 'static",
            "Arc<Mutex<Vec<u8>>>",
            "[u8; 4]",
        ] {
            assert_eq!(found(ty), None, "{ty}");
        }
        for (ty, at) in [
            ("&str", "&str"),
            ("&'a mut T", "&'amutT"),
            ("Option<&str>", "&str"),
            ("Cow<'_, str>", "'_"),
            ("Guard<'a>", "'a"),
            ("(u8, &[u8])", "&[u8]"),
            ("[&u8; 2]", "&u8"),
            ("Box<dyn Draw + 'a>", "'a"),
            ("impl Iterator<Item = &'a u8>", "&'au8"),
            ("&'static &'a str", "&'astr"),
        ] {
            assert_eq!(found(ty).as_deref(), Some(at), "{ty}");
        }
    }
}
