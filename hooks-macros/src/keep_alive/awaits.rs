//! Whether a body waits: at an `.await` its future can be dropped, and what is in it with it.

use crate::tokens::{is_block, is_mark, is_of_macro, is_one_of};
use proc_macro2::{TokenStream, TokenTree};

/// What waits in an async block, closure or nested fn of the body waits for itself: its value may be polled elsewhere.
pub(super) fn are_in(body: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = body.clone().into_iter().collect();
    // Up to the block of another future or fn.
    let mut is_other = false;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) if word == "async" || word == "fn" => is_other = true,
            TokenTree::Ident(word) if word == "await" && is_mark(before(&tokens, index), '.') => return true,
            TokenTree::Group(_) if is_other && is_block(Some(token)) => is_other = false,
            TokenTree::Group(_) if is_of_macro(&tokens, index) && is_waiting(&tokens[index - 2]) => {
                return true;
            }
            TokenTree::Group(group) if are_in(&group.stream()) => return true,
            TokenTree::Punct(mark) if mark.as_char() == ';' => is_other = false,
            _ => {}
        }
    }
    false
}

fn before(tokens: &[TokenTree], index: usize) -> Option<&TokenTree> {
    tokens.get(index.checked_sub(1)?)
}

/// The name of a macro that awaits what it is given.
fn is_waiting(name: &TokenTree) -> bool {
    const WAITING: [&str; 6] = ["select", "select_biased", "join", "try_join", "pending", "poll"];
    matches!(name, TokenTree::Ident(name) if is_one_of(name, &WAITING))
}

#[cfg(test)]
mod tests {
    use super::are_in;

    #[test]
    fn a_body_that_waits_is_seen() {
        for waits in [
            "read(&buf).await",
            "if a { for x in y { f(x.await?) } }",
            "let f = async { 1 }; f.await",
            "async { 1 }.await",
            "tokio::select! { x = f => x }",
            "futures::join!(a, b);",
            "vec![a.await]",
        ] {
            assert!(are_in(&waits.parse().expect("tokens")), "{waits}");
        }
        for other in [
            "fill(&mut buf); 1",
            "tokio::spawn(async move { f.await });",
            "async fn inner(f: F) -> u8 { f.await } drop(inner)",
            "let f = async |x| { x.await }; spawn(f)",
            "let await_it = x.awaits; println!(\"{await_it}\")",
        ] {
            assert!(!are_in(&other.parse().expect("tokens")), "{other}");
        }
    }
}
