//! `Box::pin(async move { .. })`: what `#[async_trait]` makes of a body, and what other attributes below us look for, to
//! put their own round the block. (`#[tracing::instrument]` takes any other body for that of a sync fn, in silence.)

use super::sibling;
use crate::tokens::{is_block, is_mark, is_word, regroup};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The user's own tokens, so that their names mean what they meant: nothing is known of them but how they are written.
pub(super) struct BoxedBlock {
    path: [TokenTree; 4],
    call: Group,
}

impl BoxedBlock {
    /// Of a body that is nothing else; or nothing but what another attribute of ours has put before it. What a user has
    /// before it runs when the fn is called, and would no longer.
    pub(super) fn of(body: &TokenStream) -> Option<Self> {
        let tokens: Vec<TokenTree> = body.clone().into_iter().collect();
        let [before @ .., boxed, first, second, pin, TokenTree::Group(call)] = tokens.as_slice() else {
            return None;
        };
        let is_pin = is_word(Some(boxed), &["Box"])
            && is_mark(Some(first), ':')
            && is_mark(Some(second), ':')
            && is_word(Some(pin), &["pin"]);
        let is_whole = before.is_empty() || sibling::contains(body, &|_| true);
        let path = [boxed.clone(), first.clone(), second.clone(), pin.clone()];
        (is_pin && is_whole && is_async_block(call)).then(|| BoxedBlock { path, call: call.clone() })
    }

    /// The same with `inside` in the block.
    pub(super) fn with(&self, inside: &TokenStream) -> TokenStream {
        let mut block: Vec<TokenTree> = self.call.stream().into_iter().collect();
        if let Some(TokenTree::Group(braces)) = block.pop() {
            block.push(regroup(&braces, inside.clone()));
        }
        let call = regroup(&self.call, block.into_iter().collect());
        self.path.iter().cloned().chain([call]).collect()
    }
}

/// `(async move { .. })`
fn is_async_block(call: &Group) -> bool {
    let tokens: Vec<TokenTree> = call.stream().into_iter().collect();
    let [asyncness, capture, block] = tokens.as_slice() else { return false };
    call.delimiter() == Delimiter::Parenthesis
        && is_word(Some(asyncness), &["async"])
        && is_word(Some(capture), &["move"])
        && is_block(Some(block))
}

#[cfg(test)]
mod tests {
    use super::BoxedBlock;
    use quote::quote;

    #[test]
    fn what_async_trait_makes_is_found_and_made_anew() {
        let found = BoxedBlock::of(&quote!(Box::pin(async move {
            let x = x;
            x
        })));
        let anew = found.expect("it is one").with(&quote!(inner.await));
        assert_eq!(anew.to_string(), quote!(Box::pin(async move { inner.await })).to_string());
        let site = crate::site::emit("labeled", "x", &quote::format_ident!("f"));
        let ours = quote!(#site Box::pin(async move { { f('__labeled_future: { x }) }.await }));
        assert!(BoxedBlock::of(&ours).is_some());
    }

    #[test]
    fn what_runs_with_the_call_stays_with_it() {
        for other in [
            quote!(let n = count(); Box::pin(async move { n })),
            quote!(Box::pin(later())),
            quote!(Box::pin(async { x })),
            quote!(Rc::new(async move { x })),
            quote!(async move { x }),
        ] {
            assert!(BoxedBlock::of(&other).is_none(), "{other}");
        }
    }
}
