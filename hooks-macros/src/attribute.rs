//! What every attribute on a fn does, in one place: parse, collect the faults, choose what is covered, expand.

use crate::faults::Faults;
use crate::function::{Choice, Coverage, Function, coverage};
use crate::options;
use crate::tokens::{has_operators, whole_fragments};
use crate::wrap::{Wrap, sibling};
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::Parse;

/// An attribute on a fn: what is its own.
pub(crate) trait Attribute: Sized {
    /// As it is written, and as its site says it.
    const NAME: &'static str;

    /// How the polls are covered of a future whose type the fn may not choose, and of a stream.
    const BY_HAND: Option<[&'static str; 2]> = None;

    /// One argument, as it is written.
    type Argument: Parse;

    /// The expansion of `#[NAME(arguments)] item`.
    fn expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
        run::<Self>(arguments, item)
    }

    /// The arguments, understood; what is wrong with them is noted.
    fn validate(arguments: Vec<Self::Argument>, function: &Function, faults: &mut Faults) -> Self;

    /// What the user wrote of `future` and `call`, where it may be the polls of a future that are covered.
    fn choice(&self) -> Option<&Choice> {
        None
    }

    /// Notes what of the fn does not go with the attribute.
    fn refuse(&self, _function: &Function, _coverage: Coverage, _faults: &mut Faults) {}

    /// The record of the use, in front of all that is emitted.
    fn site(&self, function: &Function) -> TokenStream;

    /// What is put round the body.
    fn wrap(&self, function: &mut Function, coverage: Coverage) -> syn::Result<Wrap>;

    /// Attributes are expanded from top to bottom, so one further down would stand outside of those above it. This one
    /// stands inside of the attribute `above`.
    fn stands_inside(_above: &str) -> bool {
        false
    }
}

/// On a fn.
pub(crate) fn run<A: Attribute>(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let mut faults = Faults::default();
    let arguments = options::parse_list(whole_fragments(arguments, has_operators), &mut faults);
    let Some(mut function) = faults.take(Function::parse(item)) else {
        return Err(faults.into_result().expect_err("no fn was parsed"));
    };
    let above = sibling::take(&mut function, A::stands_inside);
    let attribute = A::validate(arguments, &function, &mut faults);
    faults.take(function.refuse_kind());
    let choice = attribute.choice().map(|choice| match &above {
        Some(above) if above.name == A::NAME => choice.or(above.choice(&function)),
        _ => choice.clone(),
    });
    let coverage = choice.map(|choice| coverage(&function, &choice, A::BY_HAND));
    let coverage = coverage.and_then(|coverage| faults.take(coverage)).unwrap_or(Coverage::Call);
    attribute.refuse(&function, coverage, &mut faults);
    faults.into_result()?;
    let site = attribute.site(&function);
    let wrap = attribute.wrap(&mut function, coverage)?;
    let name = above.as_ref().map_or(A::NAME, |above| above.name);
    let body = wrap.round(&mut function, name, above.is_some(), coverage);
    let body = quote!(#site #body);
    Ok(function.with_body(&match above {
        None => body,
        Some(above) => above.with_inside(&function.braces_of_ours(body)),
    }))
}
