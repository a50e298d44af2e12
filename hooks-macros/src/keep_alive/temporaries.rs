//! Raw descriptors and pointers of temporaries: `let fd = File::open(path)?.as_raw_fd();` is closed by the time that
//! `fd` is used. rustc has a lint for some pointers and none for descriptors.
//!
//! Tokens do not show types, so only what they show is refused: the receiver is made on the spot by a constructor or by
//! a method that gives an owner, and the result outlives the statement. As an argument of a call it does not, nor where a
//! method or a comparison uses it up: `.as_ptr().is_null()`.

use crate::faults::Faults;
use crate::tokens::{continues_mark, is_mark, is_no_arguments, is_one_of};
use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};
use syn::Error;

/// Notes each raw view of a temporary in `body`.
pub(crate) fn refuse(body: &TokenStream, faults: &mut Faults) {
    look_through(body.clone(), false, faults);
}

fn look_through(tokens: TokenStream, is_argument: bool, faults: &mut Faults) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            let inside = match group.delimiter() {
                // A statement of its own.
                Delimiter::Brace => false,
                Delimiter::Parenthesis => is_argument || is_call(&tokens[..index]),
                _ => is_argument,
            };
            look_through(group.stream(), inside, faults);
        } else if !is_argument {
            refuse_view(&tokens[..index], token, &tokens[index + 1..], faults);
            refuse_view_by_path(&tokens[..index], token, &tokens[index + 1..], faults);
        }
    }
}

/// `BEFORE.as_raw_fd AFTER`
fn refuse_view(before: &[TokenTree], token: &TokenTree, after: &[TokenTree], faults: &mut Faults) {
    let (TokenTree::Ident(name), [receiver @ .., dot]) = (token, before) else { return };
    let [arguments, after @ ..] = after else { return };
    let is_view = is_one_of(name, &RAW_VIEWS) && is_mark(Some(dot), '.') && is_no_arguments(arguments);
    let is_used_up = || is_used_up(&without_turbofish(after)) || ends_comparison(receiver);
    if is_view && makes_owner(&without_turbofish(receiver), name) && !is_used_up() {
        faults.add(Error::new(name.span(), advice(name)));
    }
}

/// `BEFORE::as_raw_fd AFTER`, where `AFTER` is `(&OWNER)`.
fn refuse_view_by_path(before: &[TokenTree], token: &TokenTree, after: &[TokenTree], faults: &mut Faults) {
    let (TokenTree::Ident(name), [.., first, second]) = (token, before) else { return };
    let [TokenTree::Group(arguments), after @ ..] = after else { return };
    let is_view = is_one_of(name, &RAW_VIEWS) && is_mark(Some(first), ':') && is_mark(Some(second), ':');
    let is_used_up = || is_used_up(&without_turbofish(after)) || ends_comparison(before);
    if is_view && is_owner_inside(arguments, name) && !is_used_up() {
        faults.add(Error::new(name.span(), advice(name)));
    }
}

const RAW_VIEWS: [&str; 3] = ["as_raw_fd", "as_ptr", "as_mut_ptr"];

fn advice(name: &Ident) -> String {
    let what = if name == "as_raw_fd" { "is closed" } else { "is freed" };
    format!(
        "this is taken from a temporary, which {what} at the end of the statement: \
         bind the owner to a name first, and take `.{name}()` of that"
    )
}

/// Whether a method in `after`, which follows the view, or a comparison makes something else of it before the statement ends.
fn is_used_up(after: &[TokenTree]) -> bool {
    match after {
        [first, second, ..] if is_comparison(first, second) => true,
        [mark, ..] if is_mark(Some(mark), '<') || is_mark(Some(mark), '>') => true,
        [mark, rest @ ..] if is_mark(Some(mark), '?') => is_used_up(rest),
        [dot, TokenTree::Ident(method), TokenTree::Group(_), rest @ ..] if is_mark(Some(dot), '.') => {
            !gives_view_on(method) || is_used_up(rest)
        }
        _ => false,
    }
}

/// `==`, `!=`, `<=`, `>=`
fn is_comparison(first: &TokenTree, second: &TokenTree) -> bool {
    let is_joint = matches!(first, TokenTree::Punct(mark) if mark.spacing() == Spacing::Joint);
    is_joint
        && ['=', '!', '<', '>'].iter().any(|mark| is_mark(Some(first), *mark))
        && is_mark(Some(second), '=')
}

/// Whether the expression that `before` ends with is compared to what stands before it: `p == OWNER`.
fn ends_comparison(before: &[TokenTree]) -> bool {
    for (index, token) in before.iter().enumerate().rev() {
        match token {
            TokenTree::Punct(mark) if index > 0 && mark.as_char() == '=' => {
                return is_comparison(&before[index - 1], token);
            }
            TokenTree::Punct(mark) if ";,".contains(mark.as_char()) => return false,
            // `=>`
            TokenTree::Punct(mark) if mark.as_char() == '>' && continues_mark(before, index) => return false,
            TokenTree::Ident(word) if is_one_of(word, &["return", "break"]) => return false,
            _ => {}
        }
    }
    false
}

/// Methods of a pointer or a descriptor whose result is of the same owner: at another place, as another type.
fn gives_view_on(method: &Ident) -> bool {
    const GIVING: [&str; 13] = [
        "add",
        "sub",
        "offset",
        "byte_add",
        "byte_sub",
        "byte_offset",
        "with_addr",
        "map_addr",
        "as_ref",
        "as_mut",
        "into",
        "try_into",
        "clone",
    ];
    let name = method.to_string();
    let begins = name.starts_with("cast") || name.starts_with("wrapping_");
    begins || is_one_of(method, &GIVING) || is_one_of(method, &UNWRAPS)
}

/// `f(..)`, `x.f(..)`, `f::<T>(..)`, `m!(..)`, but not `Some(..)` or `(..)`: what stands inside ends with the call.
fn is_call(before: &[TokenTree]) -> bool {
    match before.last() {
        Some(TokenTree::Ident(name)) => {
            !is_keyword(name) && name.to_string().starts_with(|first: char| first.is_lowercase())
        }
        Some(TokenTree::Punct(mark)) => matches!(mark.as_char(), '>' | '!'),
        _ => false,
    }
}

/// What an expression may follow, so that a group after it is no call's.
fn is_keyword(name: &Ident) -> bool {
    const KEYWORDS: [&str; 9] = ["return", "break", "else", "unsafe", "in", "if", "while", "match", "const"];
    is_one_of(name, &KEYWORDS)
}

/// Whether the expression that `tokens` end with visibly gives an owner.
fn makes_owner(tokens: &[TokenTree], view: &Ident) -> bool {
    match tokens {
        [rest @ .., mark] if is_mark(Some(mark), '?') => makes_owner(rest, view),
        [rest @ .., dot, TokenTree::Ident(word)] if is_mark(Some(dot), '.') && word == "await" => {
            makes_owner(rest, view)
        }
        // What `accept` gives is a pair.
        [rest @ .., dot, TokenTree::Literal(_)] if is_mark(Some(dot), '.') => makes_owner(rest, view),
        [.., bang, TokenTree::Group(_)] if is_mark(Some(bang), '!') => names_owning_macro(tokens),
        [rest @ .., dot, TokenTree::Ident(method), TokenTree::Group(_)] if is_mark(Some(dot), '.') => {
            if is_one_of(method, &UNWRAPS) || is_one_of(method, &BORROWS) {
                makes_owner(rest, view)
            } else {
                gives_owner(method)
            }
        }
        [rest @ .., TokenTree::Ident(function), TokenTree::Group(_)] if !is_keyword(function) => {
            is_constructor(rest, function, view)
        }
        // A call of what a call gives, or an index.
        [.., TokenTree::Group(_), TokenTree::Group(group)] if group.delimiter() != Delimiter::Brace => false,
        [.., TokenTree::Group(group)] if group.delimiter() != Delimiter::Bracket => {
            is_owner_inside(group, view)
        }
        _ => false,
    }
}

/// `(OWNER)`, `(&OWNER,)`, `{ ..; OWNER }`.
fn is_owner_inside(group: &Group, view: &Ident) -> bool {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let last = tokens.rsplit(|token| is_mark(Some(token), ';')).next().unwrap_or_default();
    let last = match last {
        [rest @ .., comma] if is_mark(Some(comma), ',') => rest,
        all => all,
    };
    makes_owner(&without_turbofish(last), view)
}

/// Methods that give a borrow of an owner, or of its contents.
const BORROWS: [&str; 17] = [
    "as_fd",
    "as_c_str",
    "as_slice",
    "as_mut_slice",
    "as_bytes",
    "as_bytes_with_nul",
    "as_bytes_mut",
    "as_str",
    "as_mut_str",
    "as_path",
    "as_os_str",
    "as_ref",
    "as_mut",
    "borrow",
    "borrow_mut",
    "deref",
    "by_ref",
];

const UNWRAPS: [&str; 4] = ["unwrap", "expect", "unwrap_or_else", "unwrap_or_default"];

/// Methods whose names say that their result is the caller's to keep. `clone` is none: that of an `Arc` is the same value,
/// no descriptor has one, and of pointers rustc knows the types.
fn gives_owner(method: &Ident) -> bool {
    const OWNING: [&str; 9] = [
        "try_clone",
        "try_clone_to_owned",
        "to_owned",
        "to_string",
        "to_vec",
        "collect",
        "open",
        "connect",
        "accept",
    ];
    is_one_of(method, &OWNING) || method.to_string().starts_with("into_")
}

/// `vec![..]`, `format!(..)`.
fn names_owning_macro(tokens: &[TokenTree]) -> bool {
    let [.., TokenTree::Ident(name), _, _] = tokens else { return false };
    name == "vec" || name == "format"
}

/// `File::open(..)`, `std::ffi::CString::new(..)`, `Vec::<u8>::from(..)`.
///
/// Pointers have many makers that own nothing (`CStr::from_ptr`, `NonNull::from`), so their owners are listed. Owners of
/// descriptors are everybody's, so what makes one is: `Pool::shared()` hands out what lives on.
fn is_constructor(path: &[TokenTree], function: &Ident, view: &Ident) -> bool {
    const BORROWING: [&str; 3] = ["BorrowedFd", "Self", "Borrowed"];
    const MAKERS: [&str; 10] =
        ["open", "create", "create_new", "connect", "bind", "pair", "from", "new", "from_raw_fd", "unbound"];
    const OWNING: [&str; 9] =
        ["CString", "String", "Vec", "Box", "OsString", "PathBuf", "BytesMut", "Bytes", "VecDeque"];
    // `Box::leak(..)`, `Vec::leak(..)`.
    if function == "leak" {
        return false;
    }
    let Some(owner) = type_before(path) else { return false };
    if view == "as_raw_fd" {
        let makes = is_one_of(function, &MAKERS) || function.to_string().starts_with("new_");
        makes && owner.starts_with(|first: char| first.is_uppercase()) && !BORROWING.contains(&owner.as_str())
    } else {
        OWNING.contains(&owner.as_str())
    }
}

/// `Vec` of `Vec::`.
fn type_before(path: &[TokenTree]) -> Option<String> {
    match path {
        [.., TokenTree::Ident(name), first, second]
            if is_mark(Some(first), ':') && is_mark(Some(second), ':') =>
        {
            Some(name.to_string())
        }
        _ => None,
    }
}

/// `Vec::<u8>::new()` -> `Vec::new()`.
fn without_turbofish(tokens: &[TokenTree]) -> Vec<TokenTree> {
    let mut kept: Vec<TokenTree> = Vec::new();
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        let follows = |marks: &[char]| {
            let before = &tokens[index.saturating_sub(marks.len())..index];
            before.len() == marks.len()
                && before.iter().zip(marks).all(|(token, mark)| is_mark(Some(token), *mark))
        };
        if is_mark(Some(token), '<') && (depth > 0 || follows(&[':', ':'])) {
            depth += 1;
            if depth == 1 {
                kept.truncate(kept.len() - 2);
            }
        } else if depth > 0 && is_mark(Some(token), '>') && !follows(&['-']) {
            depth -= 1;
        } else if depth == 0 {
            kept.push(token.clone());
        }
    }
    kept
}

#[cfg(test)]
#[path = "../tests/temporaries.rs"]
mod tests;
