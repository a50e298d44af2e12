//! Where a name stands beside an operator: in a body that sees a `&mut`, `n += 1` and `n & 1` would be operators of that.

use crate::tokens::{is_alone, is_block, is_mark, is_word};
use proc_macro2::{Delimiter, TokenTree};

/// Whether the name at `index` is an operand, alone: `n + 1`, `!n`, `n += 1`, `n == 1`, `n as u8`, `0..n`, `if n {`.
pub(super) fn is_operand(tokens: &[TokenTree], index: usize) -> bool {
    let (before, after) = tokens.split_at(index);
    let after = &after[1..];
    !is_dereferenced(before)
        && !has_more(after)
        && (follows_operator(before) || precedes_operator(after) || is_condition(before, after))
}

/// `*n` and `&n`; `a * n` and `a & n` are operators. `.n` is a field.
fn is_dereferenced(before: &[TokenTree]) -> bool {
    let Some((last, mut before)) = before.split_last() else { return false };
    // `a && n`
    if is_mark(Some(last), '&') && is_mark(before.last(), '&') {
        before = &before[..before.len() - 1];
    }
    let is_prefix = is_mark(Some(last), '*') || is_mark(Some(last), '&') || is_word(Some(last), &["mut"]);
    (is_prefix && !ends_value(before)) || (is_mark(Some(last), '.') && !is_mark(before.last(), '.'))
}

/// `n.x`, `n?`, `n::x`, `n!`, `n(..)`, `n[..]`: what is an operand is not `n`. In `n..m` and `n != m` it is.
fn has_more(after: &[TokenTree]) -> bool {
    match after {
        [TokenTree::Group(group), ..] => group.delimiter() != Delimiter::Brace,
        [mark, next, ..] if is_mark(Some(mark), '.') => !is_mark(Some(next), '.'),
        [mark, next, ..] if is_mark(Some(mark), '!') => !is_mark(Some(next), '='),
        [mark, ..] => ['.', '?', ':', '!', '@'].iter().any(|other| is_mark(Some(mark), *other)),
        [] => false,
    }
}

/// `+ n`, `-n`, `!n`, `== n`, `+= n`, `..n`; not `= n`, `=> n`, `-> n`.
fn follows_operator(before: &[TokenTree]) -> bool {
    let Some(TokenTree::Punct(mark)) = before.last() else { return false };
    let first = before.len().checked_sub(2).and_then(|index| before.get(index));
    match mark.as_char() {
        '=' => !is_alone(before, before.len() - 1, '='),
        '>' => !is_mark(first, '=') && !is_mark(first, '-'),
        '.' => is_mark(first, '.'),
        other => "+-*/%^&|<!".contains(other),
    }
}

/// `n +`, `n +=`, `n ==`, `n as`, `n..`; not `n =`, `n =>`.
fn precedes_operator(after: &[TokenTree]) -> bool {
    match after {
        [first, second, ..] if is_mark(Some(first), '=') => is_mark(Some(second), '='),
        [TokenTree::Punct(mark), ..] => "+-*/%^&|<>!.".contains(mark.as_char()),
        [word, ..] => is_word(Some(word), &["as"]),
        [] => false,
    }
}

/// `if n {`, `while n {`
fn is_condition(before: &[TokenTree], after: &[TokenTree]) -> bool {
    is_word(before.last(), &["if", "while"]) && is_block(after.first())
}

/// Whether an operator after `before` has a value on its left.
fn ends_value(before: &[TokenTree]) -> bool {
    const KEYWORDS: [&str; 9] = ["return", "break", "in", "if", "while", "match", "else", "mut", "as"];
    match before.last() {
        Some(TokenTree::Ident(_)) => !is_word(before.last(), &KEYWORDS),
        Some(TokenTree::Literal(_)) => true,
        Some(TokenTree::Group(group)) => group.delimiter() != Delimiter::Brace,
        Some(TokenTree::Punct(mark)) => mark.as_char() == '?',
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_operand;
    use proc_macro2::{TokenStream, TokenTree};

    fn is_one(text: &str) -> bool {
        let tokens: TokenStream = text.parse().expect("tokens");
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let index = tokens.iter().position(|token| token.to_string() == "n").expect("n");
        is_operand(&tokens, index)
    }

    #[test]
    fn operands_are_found() {
        for operand in [
            "n += \"x\"",
            "n & 1",
            "1 + n",
            "-n",
            "!n",
            "n == 1",
            "1 != n",
            "n != m",
            "a * n",
            "a & n",
            "f(x)? * n",
            "n as u8",
            "0..n",
            "n..m",
            "..=n",
            "if n {}",
            "while n {}",
            "x <<= n",
            "n >= 1",
            "n || m",
            "m && n",
            "return 1 - n",
            "|m| n > m",
            "let x = n + 1",
            "(1) & n",
            "n < m",
        ] {
            assert!(is_one(operand), "{operand}");
        }
        for other in [
            "n",
            "n.len()",
            "&n",
            "&mut n",
            "*n += 1",
            "return *n",
            "x = n;",
            "let n = 1",
            "x => n",
            "n => x",
            "n?",
            "n::f()",
            "n!(1)",
            "n[0] + 1",
            "n(1) + 1",
            "x.n",
            "x.n + 1",
            "n.x + 1",
            "match n {}",
            "x, n",
            "-> n",
            "if &n {}",
            "in &n {}",
        ] {
            assert!(!is_one(other), "{other}");
        }
    }
}
