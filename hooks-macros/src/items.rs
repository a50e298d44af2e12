//! Items inside a body.

use crate::tokens::is_mark;
use proc_macro2::{TokenStream, TokenTree};

/// Whether `body` begins with an item: `use ..;`, `const N: ..`, `#[derive(..)] struct ..`, `fn ..`.
pub(crate) fn come_first(body: &TokenStream) -> bool {
    let mut tokens = body.clone().into_iter().peekable();
    while is_mark(tokens.peek(), '#') {
        tokens.next();
        tokens.next();
    }
    let Some(TokenTree::Ident(word)) = tokens.next() else { return false };
    match word.to_string().as_str() {
        "use" | "fn" | "struct" | "enum" | "trait" | "impl" | "mod" | "type" | "static" | "extern"
        | "pub" => true,
        "macro_rules" => is_mark(tokens.peek(), '!'),
        // `const { .. }`, `unsafe { .. }`, `async move { .. }` are expressions.
        "const" | "unsafe" => matches!(tokens.peek(), Some(TokenTree::Ident(_))),
        "async" => matches!(tokens.peek(), Some(TokenTree::Ident(next)) if next == "fn"),
        _ => false,
    }
}
