//! The annotated fn: signature parsed, body an opaque run of tokens.
//!
//! In: the item's tokens. Out: the fn, asked by all attributes: its `arguments` and `names`, what it borrows (`borrow`), its
//! `output`, with `returned_future`, and by `coverage` whether its call or its future's polls are covered.
//!
//! The body is never taken apart and put together again: the invisible groups that fragments of a `macro_rules!` stand
//! in would be lost, and `$e * 3` another number. What is emitted is concatenated with it, and who reads it reads a copy.

pub(crate) mod arguments;
pub(crate) mod borrow;
pub(crate) mod coverage;
pub(crate) mod names;
pub(crate) mod output;
pub(crate) mod returned_future;

use crate::configuration;
use crate::tokens::{has_operators, is_mark, is_one_of, is_sum_of_bounds, ours_at, whole_fragments};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, Error, FnArg, ReturnType, Signature, Token, Visibility, braced};

pub(crate) use coverage::{Choice, Coverage, coverage};
use names::mentioned_names;

pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    visibility: Visibility,
    pub(crate) signature: Signature,
    brace: syn::token::Brace,
    inner_attributes: Vec<Attribute>,
    pub(crate) body: TokenStream,
}

impl Function {
    pub(crate) fn parse(item: TokenStream) -> syn::Result<Self> {
        let mut tokens: Vec<TokenTree> = item.into_iter().collect();
        // The whole item as the `$item:item` of a macro.
        if let [TokenTree::Group(group)] = tokens.as_slice() {
            return Function::parse(group.stream());
        }
        let body = tokens.last().and_then(braces);
        let Some(body) = body.filter(|body| !begins_with_inner_attribute(body)) else {
            let function: Function = syn::parse2(tokens.into_iter().collect())?;
            let body = configuration::allow_expected_in(function.body);
            return Ok(Function { body: whole_fragments(body, has_operators), ..function });
        };
        tokens.pop();
        let mut empty = Group::new(Delimiter::Brace, TokenStream::new());
        empty.set_span(body.span());
        tokens.push(empty.into());
        let function: Function = syn::parse2(tokens.into_iter().collect())?;
        let brace = syn::token::Brace { span: body.delim_span() };
        let body = configuration::allow_expected_in(body.stream());
        Ok(Function { brace, body, ..function })
    }
}

/// The body's braces; in a `$body:block` they stand in an invisible group.
fn braces(token: &TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = token else { return None };
    match group.delimiter() {
        Delimiter::Brace => Some(group.clone()),
        Delimiter::None => group.stream().into_iter().last().as_ref().and_then(braces),
        _ => None,
    }
}

/// Such attributes have to be moved in front of what is emitted: a body with them is put together again.
fn begins_with_inner_attribute(body: &Group) -> bool {
    let mut tokens = body.stream().into_iter();
    is_mark(tokens.next().as_ref(), '#') && is_mark(tokens.next().as_ref(), '!')
}

impl Parse for Function {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let mut attributes = input.call(Attribute::parse_outer)?;
        configuration::allow_expected(&mut attributes);
        let visibility = input.parse()?;
        refuse_other_items(input)?;
        let mut signature: Signature = input.parse()?;
        allow_expected_of_arguments(&mut signature);
        if input.peek(Token![;]) {
            return Err(Error::new(signature.ident.span(), NO_BODY));
        }
        let body;
        let brace = braced!(body in input);
        let mut inner_attributes = body.call(Attribute::parse_inner)?;
        configuration::allow_expected(&mut inner_attributes);
        Ok(Function { attributes, visibility, signature, brace, inner_attributes, body: body.parse()? })
    }
}

/// A mention in the expansion may be the use that the lint missed.
fn allow_expected_of_arguments(signature: &mut Signature) {
    for argument in &mut signature.inputs {
        configuration::allow_expected(match argument {
            FnArg::Receiver(receiver) => &mut receiver.attrs,
            FnArg::Typed(argument) => &mut argument.attrs,
        });
    }
}

const NO_BODY: &str =
    "this fn has no body to put the pair round: give it one, or put the attribute on the fn that has it";

/// Before a `fn` there are only words and an ABI; a fault after it is a fault of the fn, and syn's to tell.
fn refuse_other_items(input: ParseStream) -> syn::Result<()> {
    const BEFORE: [&str; 7] = ["const", "async", "gen", "unsafe", "safe", "extern", "default"];
    let ahead = input.fork();
    while ahead.peek(syn::LitStr) || ahead.peek(Ident::peek_any) {
        match ahead.parse::<TokenTree>()? {
            TokenTree::Ident(word) if word == "fn" => return Ok(()),
            TokenTree::Ident(word) if !is_one_of(&word, &BEFORE) => break,
            _ => {}
        }
    }
    Err(input.error("this attribute goes on a fn, a method or a trait method with a body: move it there"))
}

impl Function {
    /// The faults of a fn that no pair can be put round.
    pub(crate) fn refuse_kind(&self) -> syn::Result<()> {
        if let Some(constness) = &self.signature.constness {
            return Err(Error::new(constness.span, CONST));
        }
        let naked = self.attributes.iter().find(|attribute| is_naked(attribute));
        naked.map_or(Ok(()), |naked| Err(Error::new_spanned(naked, NAKED)))
    }

    /// The fn with `body` in its braces.
    pub(crate) fn with_body(&self, body: &TokenStream) -> TokenStream {
        let Function { attributes, visibility, signature, inner_attributes, .. } = self;
        let signature = whole_fragments(signature.to_token_stream(), is_sum_of_bounds);
        // What `#[inline(always)]` is said of, clippy sees by a body's first statement, and passes over one that is an item.
        let first = self.is_always_inlined().then(|| quote_spanned!(Span::mixed_site()=> let _ = ();));
        let inside = quote!(#(#inner_attributes)* #first #body);
        let block = if self.has_canonical_body() { self.braces_of_ours(inside) } else { self.braces(inside) };
        quote!(#(#attributes)* #visibility #signature #block)
    }

    /// A method of which clippy knows one body, which is no longer to be seen.
    fn has_canonical_body(&self) -> bool {
        self.signature.receiver().is_some() && is_one_of(&self.signature.ident, &["clone", "partial_cmp"])
    }

    pub(crate) fn track_caller(&self) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.path().is_ident("track_caller"))
    }

    fn is_always_inlined(&self) -> bool {
        let mut inlines = self.attributes.iter().filter(|attribute| attribute.path().is_ident("inline"));
        inlines.any(|attribute| attribute.parse_args::<Ident>().is_ok_and(|word| word == "always"))
    }

    /// Whether an attribute that is still to be expanded may read the signature and the body.
    pub(crate) fn has_more_attributes(&self) -> bool {
        !self.attributes.iter().all(is_inert)
    }

    /// What those attributes may use of the fn, and some more.
    pub(crate) fn names_in_more_attributes(&self) -> Vec<Ident> {
        let more = self.attributes.iter().filter(|attribute| !is_inert(attribute));
        more.flat_map(|attribute| mentioned_names(attribute.meta.to_token_stream())).collect()
    }

    /// Where the fn says what it returns.
    pub(crate) fn output_span(&self) -> Span {
        match &self.signature.output {
            ReturnType::Type(_, ty) => ty.span(),
            ReturnType::Default => self.signature.ident.span(),
        }
    }

    /// The end of the body.
    ///
    /// Not its last token: in half-typed code that may be one of rust-analyzer's own, and what lies there is removed.
    pub(crate) fn end(&self) -> Span {
        self.brace.span.close()
    }

    pub(crate) fn start(&self) -> Span {
        self.brace.span.open()
    }

    pub(crate) fn body_span(&self) -> Span {
        self.brace.span.join()
    }

    pub(crate) fn never_returns(&self) -> bool {
        output::never_returns(&self.signature.output)
    }

    /// The declared type as it may stand in the body.
    pub(crate) fn declared_type(&self) -> TokenStream {
        match &self.signature.output {
            ReturnType::Default => quote_spanned!(Span::mixed_site()=> ()),
            ReturnType::Type(_, ty) => output::inferred(ty.to_token_stream()),
        }
    }

    /// The user's own braces round `tokens`: the edition of these says when temporaries of a last expression drop, and
    /// with others round the fn `dead_code` would be lost.
    pub(crate) fn braces(&self, tokens: TokenStream) -> Group {
        let mut group = Group::new(Delimiter::Brace, tokens);
        group.set_span(self.body_span());
        group
    }

    /// Braces of this crate's edition, 2024: temporaries of the last expression drop before the locals, in the crates of
    /// every edition.
    pub(crate) fn braces_of_ours(&self, tokens: TokenStream) -> Group {
        let mut group = Group::new(Delimiter::Brace, tokens);
        group.set_span(ours_at(self.body_span()));
        group
    }
}

const CONST: &str =
    "a `const fn` has no run time to put the pair round: remove `const`, or annotate its caller";
const NAKED: &str = "a naked fn is its assembly and nothing else: annotate the fn that calls it";

/// `#[unsafe(naked)]`
fn is_naked(attribute: &Attribute) -> bool {
    let word = |attribute: &Attribute| attribute.parse_args::<Ident>().is_ok_and(|word| word == "naked");
    attribute.path().is_ident("unsafe") && word(attribute)
}

fn is_inert(attribute: &Attribute) -> bool {
    const INERT: [&str; 11] = [
        "allow",
        "cfg",
        "cold",
        "deny",
        "deprecated",
        "doc",
        "expect",
        "forbid",
        "inline",
        "warn",
        "automatically_derived",
    ];
    const TOOLS: [&str; 4] = ["clippy", "diagnostic", "rust_analyzer", "rustfmt"];
    let path = attribute.path();
    let first = &path.segments[0].ident;
    if path.segments.len() == 1 { is_one_of(first, &INERT) } else { is_one_of(first, &TOOLS) }
}

#[cfg(test)]
mod tests {
    use super::Function;
    use proc_macro2::{Delimiter, Group, TokenTree};
    use quote::quote;

    #[test]
    fn a_fragment_stays_whole_behind_inner_attributes() {
        let sum = TokenTree::from(Group::new(Delimiter::None, quote!(1 + 2)));
        let function = Function::parse(quote!(fn f() -> u32 { #![allow(unused)] #sum * 3 }));
        assert_eq!(function.expect("a fn").body.to_string(), quote!((1 + 2) * 3).to_string());
    }
}
