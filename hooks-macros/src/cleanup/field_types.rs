//! Types of fields with which a value might never be dropped.

use super::advice::{BOXED_FN, cycle};
use crate::faults::Faults;
use crate::tokens::is_mark;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Error, Fields};

/// Notes each `Arc<Self>`, `Rc<Name>` and `Box<dyn Fn..>`, at any depth. A type alias hides them.
pub(super) fn refuse(fields: &Fields, name: &Ident, faults: &mut Faults) {
    for field in fields {
        look(field.ty.to_token_stream(), name, faults);
    }
}

fn look(ty: TokenStream, name: &Ident, faults: &mut Faults) {
    let tokens: Vec<TokenTree> = ty.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => look(group.stream(), name, faults),
            TokenTree::Ident(pointer) if is_mark(tokens.get(index + 1), '<') => {
                let inside = angled(&tokens[index + 2..]);
                let is_shared = pointer == "Arc" || pointer == "Rc";
                if is_shared && names_type(inside, name) {
                    faults.add(Error::new(pointer.span(), cycle(pointer)));
                } else if (is_shared || pointer == "Box") && is_dyn_fn(inside) {
                    faults.add(Error::new(pointer.span(), BOXED_FN));
                }
            }
            _ => {}
        }
    }
}

/// What stands before the `>` that closes what is open.
fn angled(tokens: &[TokenTree]) -> &[TokenTree] {
    let (mut depth, mut arrow) = (0_u32, false);
    for (index, token) in tokens.iter().enumerate() {
        match token {
            _ if is_mark(Some(token), '<') => depth += 1,
            _ if is_mark(Some(token), '>') && !arrow => {
                let Some(outer) = depth.checked_sub(1) else { return &tokens[..index] };
                depth = outer;
            }
            _ => {}
        }
        arrow = is_mark(Some(token), '-');
    }
    tokens
}

/// `Self` or the type's own name, itself or in a `Mutex` or the like, but not behind a `Weak`.
fn names_type(tokens: &[TokenTree], name: &Ident) -> bool {
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        match token {
            TokenTree::Ident(word) if word == "Weak" && is_mark(tokens.get(index + 1), '<') => {
                index += 1 + angled(&tokens[index + 2..]).len();
            }
            TokenTree::Ident(word) if word == "Self" || word == name => return true,
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                if names_type(&inner, name) {
                    return true;
                }
            }
            _ => {}
        }
        index += 1;
    }
    false
}

/// `dyn Fn(..)`, `dyn FnMut(..) + Send`, `dyn Send + FnOnce(..)`.
fn is_dyn_fn(tokens: &[TokenTree]) -> bool {
    let is_dyn = matches!(tokens.first(), Some(TokenTree::Ident(word)) if word == "dyn");
    is_dyn
        && tokens.iter().any(|token| {
            matches!(token, TokenTree::Ident(word) if word == "Fn" || word == "FnMut" || word == "FnOnce")
        })
}
