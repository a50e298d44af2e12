//! `let _ = buf.lease();`: the token goes in the same statement, the foreign side never gets it, and the memory stays for
//! ever. `#[must_use]` says so of `buf.lease();`, and of this nobody does.

use crate::faults::Faults;
use crate::tokens::{is_alone, is_mark, is_no_arguments, is_word};
use proc_macro2::{TokenStream, TokenTree};
use syn::Error;

const LOST: &str = "this drops the lease, which releases nothing: the memory stays for ever. Bind it to a name, and give \
                    `.into_raw()` to the foreign side or `.release()` it";

/// Notes each such statement in `body`.
pub(super) fn refuse(body: &TokenStream, faults: &mut Faults) {
    let tokens: Vec<TokenTree> = body.clone().into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            refuse(&group.stream(), faults);
        } else if is_word(Some(token), &["let"]) {
            let end = tokens[index..].iter().position(|token| is_mark(Some(token), ';'));
            refuse_statement(&tokens[index..index + end.unwrap_or(0)], faults);
        }
    }
}

/// `let _ = OWNER.lease()`
fn refuse_statement(statement: &[TokenTree], faults: &mut Faults) {
    let [_, wild, _, .., dot, TokenTree::Ident(method), arguments] = statement else { return };
    let is_dropped = is_word(Some(wild), &["_"]) && is_alone(statement, 2, '=');
    if is_dropped && is_mark(Some(dot), '.') && method == "lease" && is_no_arguments(arguments) {
        faults.add(Error::new(method.span(), LOST));
    }
}

#[cfg(test)]
mod tests {
    use super::refuse;
    use crate::faults::Faults;

    fn is_refused(body: &str) -> bool {
        let mut faults = Faults::default();
        refuse(&body.parse().expect("tokens"), &mut faults);
        !faults.is_empty()
    }

    #[test]
    fn a_lease_that_is_dropped_at_once_is_refused() {
        assert!(is_refused("let _ = buf.lease();"));
        assert!(is_refused("if a { let _ = self.bufs[0].lease(); }"));
        for other in [
            "let lease = buf.lease();",
            "let _lease = buf.lease();",
            "let _ = buf.lease().into_raw();",
            "let _ = pool.lease(4);",
            "let _ = f(buf.lease());",
            "let (_, a) = (buf.lease(), 1);",
        ] {
            assert!(!is_refused(other), "{other}");
        }
    }
}
