//! `cfg`s and lint levels. Those of a part of an item, an argument or a field, the compiler evaluates after us, so what is
//! emitted of the part repeats them.

use crate::tokens::{changed, has_operators, is_mark, ours_at, regrouped, whole_fragments};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::token::Bracket;
use syn::{Attribute, Meta, Path, Token};

/// The `#[cfg(..)]`s among `attributes`, also those in a `#[cfg_attr(..)]`.
pub(crate) fn of(attributes: &[Attribute]) -> TokenStream {
    parts(attributes, &|path| path.is_ident("cfg"))
}

/// Takes the lint levels out of `attributes`: what is left is the compiler's, or of a macro that is still to be expanded.
pub(crate) fn take_lints(attributes: &mut Vec<Attribute>) -> TokenStream {
    let lints = parts(attributes, &is_lint);
    attributes.retain_mut(|attribute| {
        let left = part(&attribute.meta, &|path| !is_lint(path));
        if let (Some(Part::Conditional(left)), Meta::List(list)) = (&left, &mut attribute.meta) {
            list.tokens = left.clone();
        }
        left.is_some()
    });
    lints
}

/// `#[expect(lint)]` on an item or an argument to `#[allow(lint)]`: what is emitted may lose the lint, and the user is not to
/// blame. In a `#[cfg_attr(..)]`, which on an argument is still to be evaluated, too.
///
/// At our place, since to write `allow` is a lint of its own.
pub(crate) fn allow_expected(attributes: &mut [Attribute]) {
    for attribute in attributes {
        let place = ours_at(attribute.bracket_token.span.join());
        let Meta::List(list) = &mut attribute.meta else { continue };
        if list.path.is_ident("expect") {
            list.path = Ident::new("allow", place).into();
        } else if list.path.is_ident("cfg_attr") && mentions(list.tokens.clone(), "expect") {
            list.tokens = with_allow(list.tokens.clone());
        } else {
            continue;
        }
        attribute.pound_token.spans = [place];
        attribute.bracket_token = Bracket(place);
    }
}

/// Of a `#[cfg_attr(..)]`: `expect(..)` to `allow(..)`.
fn with_allow(tokens: TokenStream) -> TokenStream {
    changed(tokens, &mut |token| {
        Some(match token {
            TokenTree::Ident(word) if word == "expect" => Ident::new("allow", ours_at(word.span())).into(),
            TokenTree::Group(group) if mentions(group.stream(), "expect") => regrouped(&group, with_allow),
            token => token,
        })
    })
}

/// The lints about a body that depend on where it stands.
const LOST_IN_BODIES: [&str; 4] =
    ["needless_return", "implicit_return", "default_numeric_fallback", "redundant_clone"];

/// The same in `body` for such lints alone: a body is not put together again without need.
pub(crate) fn allow_expected_in(body: TokenStream) -> TokenStream {
    if !expects_lost(&body) {
        return body;
    }
    let mut after_mark = false;
    let body = changed(body, &mut |token| {
        let is_attribute = std::mem::replace(&mut after_mark, is_mark(Some(&token), '#'));
        let TokenTree::Group(group) = token else { return Some(token) };
        Some(if is_attribute && is_of_lost(&group) {
            let mut allowed = Group::new(Delimiter::Bracket, with_allow(group.stream()));
            allowed.set_span(ours_at(group.span()));
            allowed.into()
        } else if expects_lost(&group.stream()) {
            regrouped(&group, allow_expected_in)
        } else {
            group.into()
        })
    });
    whole_fragments(body, has_operators)
}

/// Whether there is such an attribute. Words are looked at in attributes alone, since each look costs.
fn expects_lost(body: &TokenStream) -> bool {
    let mut after_mark = false;
    body.clone().into_iter().any(|token| {
        let is_attribute = std::mem::replace(&mut after_mark, is_mark(Some(&token), '#'));
        match token {
            TokenTree::Group(group) if is_attribute => is_of_lost(&group),
            TokenTree::Group(group) => expects_lost(&group.stream()),
            _ => false,
        }
    })
}

/// `[expect(clippy::needless_return)]`
fn is_of_lost(attribute: &Group) -> bool {
    attribute.delimiter() == Delimiter::Bracket
        && mentions(attribute.stream(), "expect")
        && LOST_IN_BODIES.iter().any(|lint| mentions(attribute.stream(), lint))
}

fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        _ => false,
    })
}

fn is_lint(path: &Path) -> bool {
    ["allow", "expect", "warn", "deny", "forbid"].iter().any(|level| path.is_ident(level))
}

fn parts(attributes: &[Attribute], is_kept: &dyn Fn(&Path) -> bool) -> TokenStream {
    let mut tokens = TokenStream::new();
    for attribute in attributes {
        if let Some(part) = part(&attribute.meta, is_kept) {
            attribute.pound_token.to_tokens(&mut tokens);
            attribute.bracket_token.surround(&mut tokens, |inside| part.to_tokens(inside));
        }
    }
    tokens
}

/// What is kept of an attribute.
enum Part {
    Whole(TokenStream),
    /// What stands in the parentheses of a `cfg_attr`.
    Conditional(TokenStream),
}

impl ToTokens for Part {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Part::Whole(meta) => meta.clone(),
            Part::Conditional(inside) => quote!(cfg_attr(#inside)),
        });
    }
}

/// Of `cfg_attr(unix, cfg(a), allow(b))` it may be a half.
fn part(meta: &Meta, is_kept: &dyn Fn(&Path) -> bool) -> Option<Part> {
    let Some((condition, conditional)) = conditional(meta) else {
        return is_kept(meta.path()).then(|| Part::Whole(meta.to_token_stream()));
    };
    let kept: Vec<Part> = conditional.iter().filter_map(|meta| part(meta, is_kept)).collect();
    (!kept.is_empty()).then(|| Part::Conditional(quote!(#condition, #(#kept),*)))
}

/// The condition and the attributes of a `cfg_attr`.
fn conditional(meta: &Meta) -> Option<(TokenStream, Punctuated<Meta, Token![,]>)> {
    let Meta::List(list) = meta else { return None };
    let parse = |input: ParseStream| {
        let mut condition = TokenStream::new();
        while !input.peek(Token![,]) {
            condition.extend([input.parse::<TokenTree>()?]);
        }
        input.parse::<Token![,]>()?;
        Ok((condition, Punctuated::parse_terminated(input)?))
    };
    list.path.is_ident("cfg_attr").then(|| list.parse_args_with(parse).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::{allow_expected, allow_expected_in, of, take_lints};
    use quote::{ToTokens, quote};
    use syn::Attribute;
    use syn::parse::Parser;

    #[test]
    fn attributes_are_taken_apart() {
        let attributes = quote! {
            #[cfg(a)]
            #[allow(b)]
            #[case(1 + 2)]
            #[cfg_attr(all(c, d), cfg(e), expect(f), case)]
            #[cfg_attr(true, cfg_attr(g, cfg(h)))]
        };
        let mut attributes = Attribute::parse_outer.parse2(attributes).expect("attributes");
        let cfg = quote!(#[cfg(a)] #[cfg_attr(all(c, d), cfg(e))] #[cfg_attr(true, cfg_attr(g, cfg(h)))]);
        assert_eq!(of(&attributes).to_string(), cfg.to_string());
        let lints = quote!(#[allow(b)] #[cfg_attr(all(c, d), expect(f))]);
        assert_eq!(take_lints(&mut attributes).to_string(), lints.to_string());
        let left = quote! {
            #[cfg(a)]
            #[case(1 + 2)]
            #[cfg_attr(all(c, d), cfg(e), case)]
            #[cfg_attr(true, cfg_attr(g, cfg(h)))]
        };
        let attributes: proc_macro2::TokenStream = attributes.iter().map(ToTokens::to_token_stream).collect();
        assert_eq!(attributes.to_string(), left.to_string());
    }

    #[test]
    fn an_expectation_is_an_allowance() {
        let attributes =
            quote!(#[expect(a)] #[cfg_attr(unix, must_use, expect(b, reason = "c"))] #[doc = "expect"]);
        let mut attributes = Attribute::parse_outer.parse2(attributes).expect("attributes");
        allow_expected(&mut attributes);
        let allowed =
            quote!(#[allow(a)] #[cfg_attr(unix, must_use, allow(b, reason = "c"))] #[doc = "expect"]);
        let attributes: proc_macro2::TokenStream = attributes.iter().map(ToTokens::to_token_stream).collect();
        assert_eq!(attributes.to_string(), allowed.to_string());
    }

    #[test]
    fn in_a_body_it_is_where_the_lint_depends_on_us() {
        let body = quote!({
            #[expect(clippy::needless_return, reason = "r")]
            return f(x.expect("x"));
        });
        let allowed = quote!({
            #[allow(clippy::needless_return, reason = "r")]
            return f(x.expect("x"));
        });
        assert_eq!(allow_expected_in(body).to_string(), allowed.to_string());
        for other in [
            quote!(#[expect(unused)] let x = 1;),
            quote!(needless_return.expect("it")),
            quote!(if a {
                #[expect(clippy::unwrap_used)]
                f(needless_return)
            }),
        ] {
            assert_eq!(allow_expected_in(other.clone()).to_string(), other.to_string());
        }
    }
}
