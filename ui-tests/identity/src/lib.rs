//! Attributes that leave the item as it is, or put another one in the place of `labeled`.
//!
//! A case of the edge matrix is written once, with `#[labeled(..)]`, and compiled with each of them under that name.

mod shape;

use proc_macro::{Delimiter, Group, Punct, Spacing, TokenStream, TokenTree};
use shape::Shape;

/// The plain twin of `hooks_runtime::labeled`.
#[proc_macro_attribute]
pub fn labeled(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    item
}

/// `hooks_runtime::cleanup`, with the words `future` and `call` of `labeled`.
#[proc_macro_attribute]
pub fn cleaned_up(arguments: TokenStream, item: TokenStream) -> TokenStream {
    annotate(&format!("cleanup(::core::mem::drop(()){})", coverage(arguments)), item)
}

/// `hooks_runtime::cleanup` that looks at the result, where there is one to look at.
#[proc_macro_attribute]
pub fn cleaned_up_on_failure(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let shape = Shape::of(item.clone());
    if !shape.returns_outcome || shape.tracks_caller || !coverage(arguments).is_empty() {
        return item;
    }
    annotate("cleanup(::core::mem::drop(()), on = \"failure\")", item)
}

/// `hooks_runtime::lock_os_thread` where the body stays where it is called: the cases count on that.
#[proc_macro_attribute]
pub fn locked(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let coverage = coverage(arguments);
    if Shape::of(item.clone()).is_async || coverage.contains("future") {
        return item;
    }
    annotate(&format!("lock_os_thread(reason = \"the edge matrix\"{coverage})"), item)
}

/// `hooks_runtime::keep_alive` of the first argument that the body visibly leaves where it is.
#[proc_macro_attribute]
pub fn kept_alive(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let coverage = coverage(arguments);
    match Shape::of(item.clone()).kept {
        Some(name) if coverage.is_empty() => {
            // The token itself: by its text a name that a macro wrote would be another one.
            let name = Group::new(Delimiter::Parenthesis, TokenTree::from(name).into());
            let path = "::hooks_runtime::keep_alive".parse::<TokenStream>().into_iter().flatten();
            let inside = path.chain([TokenTree::from(name)]).collect();
            let list = TokenTree::from(Group::new(Delimiter::Bracket, inside));
            let attribute = [TokenTree::from(Punct::new('#', Spacing::Alone)), list];
            attribute.into_iter().chain(item).collect()
        }
        _ => item,
    }
}

/// `hooks_runtime::panic_on_fault`, with a map of the crate that it is compiled in.
#[proc_macro_attribute]
pub fn guarded(arguments: TokenStream, item: TokenStream) -> TokenStream {
    annotate(&format!("panic_on_fault(*crate::probe::map(){})", coverage(arguments)), item)
}

/// `hooks_runtime::exit_scope`, on files whose fns all return owned values.
#[proc_macro_attribute]
pub fn scoped(arguments: TokenStream, item: TokenStream) -> TokenStream {
    annotate(&format!("exit_scope({})", coverage(arguments).trim_start_matches(", ")), item)
}

fn annotate(attribute: &str, item: TokenStream) -> TokenStream {
    let attribute = format!("#[::hooks_runtime::{attribute}]");
    attribute.parse::<TokenStream>().into_iter().chain([item]).collect()
}

/// `, future` or `, call` where it is among `arguments`.
fn coverage(arguments: TokenStream) -> &'static str {
    let words = words(arguments);
    let asked = |word: &str| words.iter().any(|other| other == word);
    match (asked("future"), asked("call")) {
        (true, _) => ", future",
        (_, true) => ", call",
        _ => "",
    }
}

/// The arguments that are a single word.
fn words(arguments: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = arguments.into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',');
    let words = tokens.split(is_comma).filter_map(|argument| match argument {
        [TokenTree::Ident(word)] => Some(word.to_string()),
        _ => None,
    });
    words.collect()
}
