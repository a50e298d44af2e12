//! A body that an attribute of ours, written above, has been put round already: `'__labeled: { BODY }` in it.
//!
//! The label is what an attribute knows the other one by, whatever an import is called. It has the user's span, since
//! with another the block would be of this crate's edition. A user may write such a label too: ours follow the site of
//! their attribute, and nothing in the body that they are put round is looked at.

use crate::function::{Choice, Function};
use crate::site;
use crate::tokens::{is_mark, is_word, regroup};
use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// Of the label where what the body gives is a future, and this is what is covered.
pub(crate) const FUTURE: &str = "_future";

/// `'__name: { .. }`; or without the label where there is one in `braces`, which would be shadowed, and is found instead.
pub(super) fn block(name: &str, place: Span, braces: Group) -> TokenStream {
    labeled_block(name, "", place, braces)
}

/// `'__name_future: { .. }`
pub(super) fn future_block(name: &str, place: Span, braces: Group) -> TokenStream {
    labeled_block(name, FUTURE, place, braces)
}

fn labeled_block(name: &str, covered: &str, place: Span, braces: Group) -> TokenStream {
    if contains(&braces.stream(), &|other| other == name) {
        return braces.into_token_stream();
    }
    let mut tokens = label(&format!("__{name}{covered}"), place);
    tokens.extend([TokenTree::from(braces)]);
    tokens
}

fn label(name: &str, place: Span) -> TokenStream {
    let mark = |mark, spacing| {
        let mut punct = Punct::new(mark, spacing);
        punct.set_span(place);
        TokenTree::from(punct)
    };
    let name = Ident::new(name, place);
    [mark('\'', Spacing::Joint), name.into(), mark(':', Spacing::Alone)].into_iter().collect()
}

/// What has been put round a body.
pub(crate) struct Above {
    /// The attribute whose block is the innermost.
    pub(crate) name: &'static str,
    is_of_future: bool,
    whole: TokenStream,
    is_searched: fn(&str) -> bool,
}

/// Whether an attribute of ours has been expanded round what is in `body`, which has its site then. One of somebody else's
/// may have been after it.
fn is_expanded(body: &TokenStream) -> bool {
    has_label(body) && has_site(body)
}

/// Which is most often not so, and is seen without a look at any word but those of labels.
fn has_label(body: &TokenStream) -> bool {
    let mut after_quote = false;
    body.clone().into_iter().any(|token| {
        let is_label = std::mem::replace(&mut after_quote, is_mark(Some(&token), '\''));
        match token {
            TokenTree::Ident(name) => is_label && attribute_of(&name).is_some(),
            TokenTree::Group(group) => has_label(&group.stream()),
            _ => false,
        }
    })
}

fn has_site(body: &TokenStream) -> bool {
    let mut after_static = false;
    body.clone().into_iter().any(|token| {
        let is_named = std::mem::replace(&mut after_static, is_word(Some(&token), &["static"]));
        match token {
            TokenTree::Ident(name) => is_named && name == site::name(),
            TokenTree::Group(group) => has_site(&group.stream()),
            _ => false,
        }
    })
}

/// Takes from `function` all but the innermost block of an attribute that `is_searched` is true of.
pub(crate) fn take(function: &mut Function, is_searched: fn(&str) -> bool) -> Option<Above> {
    // Of the many fns that have no other attribute, nothing is put together again.
    if !is_expanded(&function.body) {
        return None;
    }
    let mut innermost = None;
    replace(&function.body, &mut { is_searched }, &mut |name, block| {
        innermost = Some((name, block.stream()));
        block.into()
    });
    let ((name, is_of_future), body) = innermost?;
    let whole = std::mem::replace(&mut function.body, body);
    Some(Above { name, is_of_future, whole, is_searched })
}

impl Above {
    /// What was asked there.
    pub(crate) fn choice(&self, function: &Function) -> Choice {
        let word = |word| Ident::new(word, Span::call_site());
        match function.signature.asyncness {
            Some(_) => Choice::Nothing,
            None if self.is_of_future => Choice::Future(word("future")),
            None => Choice::Call(word("call")),
        }
    }

    /// The whole with `block` in the place of the body that was taken, which is in it.
    pub(crate) fn with_inside(&self, block: &Group) -> TokenStream {
        let replaced = replace(&self.whole, &mut { self.is_searched }, &mut |_, _| block.clone().into());
        replaced.expect("the place where the body was taken")
    }
}

/// Whether the label of an attribute that `is_searched` is in `body`, which attributes of ours may have been put round.
pub(crate) fn contains(body: &TokenStream, is_searched: &dyn Fn(&str) -> bool) -> bool {
    let mut is_found = false;
    let is_in = |name: &str| {
        is_found |= is_searched(name);
        false
    };
    if is_expanded(body) {
        replace(body, &mut { is_in }, &mut |_, block| block.into());
    }
    is_found
}

/// An attribute, and whether its label is a future's.
type Label = (&'static str, bool);
type With<'a> = &'a mut dyn FnMut(Label, Group) -> TokenTree;

/// `tokens` with another token in the place of the innermost label and block that are ours; only the groups round it, which
/// are ours too, are put together again.
fn replace(
    tokens: &TokenStream,
    is_searched: &mut dyn FnMut(&str) -> bool,
    with: With<'_>,
) -> Option<TokenStream> {
    let mut tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    for index in 0..tokens.len() {
        let TokenTree::Group(group) = &tokens[index] else { continue };
        let label = (index >= 3).then(|| name_of(&tokens[index - 3..index])).flatten();
        let label = label.filter(|_| group.delimiter() == Delimiter::Brace);
        let is_wanted = label.is_some_and(|(name, _)| is_searched(name));
        // The body of the user's is not looked into.
        let inside = match label {
            Some(_) if !has_site(&group.stream()) => None,
            _ => replace(&group.stream(), is_searched, with),
        };
        match (inside, label) {
            (Some(inside), _) => tokens[index] = regroup(group, inside),
            (None, Some(label)) if is_wanted => {
                let token = with(label, group.clone());
                tokens.splice(index - 3..=index, [token]);
            }
            (None, Some(_)) => return None,
            (None, None) => continue,
        }
        return Some(tokens.into_iter().collect());
    }
    None
}

fn name_of(label: &[TokenTree]) -> Option<Label> {
    let [quote, TokenTree::Ident(name), colon] = label else { return None };
    let is_label = is_mark(Some(quote), '\'') && is_mark(Some(colon), ':');
    attribute_of(name).filter(|_| is_label)
}

macro_rules! names {
    ($($name:ident $attribute:ident;)*) => { &[$(stringify!($name)),*] };
}

const ATTRIBUTES: &[&str] = attributes!(names);

/// `labeled` of `__labeled` and of `__labeled_future`; none for a label of somebody else, whose block may be a part of the
/// body.
fn attribute_of(name: &Ident) -> Option<Label> {
    let name = name.to_string();
    let name = name.strip_prefix("__")?;
    let of_future = name.strip_suffix(FUTURE);
    let attribute = ATTRIBUTES.iter().find(|attribute| **attribute == of_future.unwrap_or(name))?;
    Some((attribute, of_future.is_some()))
}

#[cfg(test)]
mod tests {
    use super::{contains, take};
    use crate::function::Function;
    use proc_macro2::TokenStream;
    use quote::quote;

    /// What is in the braces of the user's, and how the attribute round it is called.
    fn taken(body: &TokenStream) -> Option<(&'static str, String)> {
        let mut function = Function::parse(quote!(fn f() { #body })).expect("a fn");
        let above = take(&mut function, |name| name == "cleanup")?;
        Some((above.name, function.body.to_string()))
    }

    #[test]
    fn the_body_is_found_in_the_innermost_block_of_ours() {
        let site = crate::site::emit("cleanup", "", &quote::format_ident!("f"));
        let body = quote!('__cleanup: { break '__cleanup });
        let found = Some(("cleanup", body.to_string()));
        assert_eq!(taken(&quote!(#site { '__cleanup: { #body } })), found);
        assert_eq!(taken(&quote!(#site { '__labeled: { #site { '__cleanup: { #body } } } })), found);
        assert_eq!(taken(&quote!(#site { '__cleanup: { #site { '__cleanup: { #body } } } })), found);
        assert_eq!(taken(&quote!(#site { { #site { '__cleanup: { #body } } } })), found);
        // With an attribute of somebody else's between them.
        assert_eq!(taken(&quote!(let span = f(); { #site { '__cleanup: { #body } } })), found);
    }

    #[test]
    fn a_label_of_the_user_is_no_sibling() {
        let site = crate::site::emit("labeled", "", &quote::format_ident!("f"));
        let body = quote!('__cleanup: { break '__cleanup });
        assert_eq!(taken(&body), None);
        assert_eq!(taken(&quote!(#site { '__labeled: { #body } })), None);
        assert!(!contains(&body, &|_| true));
        assert!(contains(&quote!(#site { '__labeled: { #body } }), &|name| name == "labeled"));
    }
}
