//! What of a fn a pair covers: its call, or the polls of a future.

use super::Function;
use super::names::bound_names;
use super::returned_future::{self, ReturnedFuture};
use crate::options::Argument;
use crate::tokens::continues_mark;
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::{Error, FnArg, PatType, Signature};

/// What of the fn the pair covers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coverage {
    /// The call, from entry to return.
    Call,
    /// Each poll, and the drop, of the future of an `async fn`.
    Polls { keep_async: bool },
    /// Each poll, and the drop, of the future that a sync fn returns.
    ReturnedFuture { boxed: bool },
}

/// What the user wrote: `future`, `call` or neither.
#[derive(Clone, Default)]
pub(crate) enum Choice {
    #[default]
    Nothing,
    Future(Ident),
    Call(Ident),
}

impl Choice {
    /// The option `future` or `call`.
    pub(crate) fn of(argument: &Argument) -> Self {
        argument.key.ident.clone().map_or(Choice::Nothing, Choice::word)
    }

    /// What was written, or else `other`.
    pub(crate) fn or(&self, other: Self) -> Self {
        if matches!(self, Choice::Nothing) { other } else { self.clone() }
    }

    /// Takes `word`, which stands alone, where it is the option `future` or `call`. Of an argument with that name it is the
    /// option where the other cannot be meant: a future is no value, and a fn that returns none has no choice.
    ///
    /// `otherwise`: how the argument is written without doubt.
    pub(crate) fn takes(
        &mut self,
        word: &Ident,
        signature: &Signature,
        otherwise: &str,
    ) -> syn::Result<bool> {
        let choice = Choice::word(word.clone());
        if matches!(choice, Choice::Nothing) {
            return Ok(false);
        }
        let is_value = argument_of(word, signature).is_some_and(|argument| {
            returned_future::of_type(&argument.ty, &signature.generics) == ReturnedFuture::No
        });
        let is_asked = signature.asyncness.is_none() && returned_future::of(signature) != ReturnedFuture::No;
        if is_value && !is_asked {
            return Ok(false);
        }
        *self = choice;
        if is_value { Err(Error::new(word.span(), either(word, otherwise))) } else { Ok(true) }
    }

    pub(crate) fn word(word: Ident) -> Self {
        match word.to_string().as_str() {
            "future" => Choice::Future(word),
            "call" => Choice::Call(word),
            _ => Choice::Nothing,
        }
    }
}

/// Never guesses: a sync fn that visibly returns a future is covered as the user says, or refused.
///
/// `by_hand`: how the polls are covered where neither can be.
pub(crate) fn coverage(
    function: &Function,
    choice: &Choice,
    by_hand: Option<[&str; 2]>,
) -> syn::Result<Coverage> {
    let signature = &function.signature;
    let returned = returned_future::of(signature);
    let refuse = |word: &Ident, advice| Err(Error::new(word.span(), advice));
    match (signature.asyncness.is_some(), returned, choice) {
        (true, _, Choice::Future(word) | Choice::Call(word)) => refuse(word, ALWAYS_POLLS),
        (true, _, Choice::Nothing) => Ok(Coverage::Polls { keep_async: must_keep(function) }),
        (false, ReturnedFuture::No, Choice::Future(word)) => refuse(word, NO_FUTURE),
        (false, ReturnedFuture::No, Choice::Nothing) | (false, _, Choice::Call(_)) => Ok(Coverage::Call),
        (false, ReturnedFuture::OutOfReach, Choice::Future(word)) => refuse(word, OUT_OF_REACH),
        (false, ReturnedFuture::Inside, Choice::Future(word)) => refuse(word, INSIDE),
        (false, ReturnedFuture::Stream, Choice::Future(word)) => refuse(word, STREAM),
        (false, returned, Choice::Future(_)) => {
            refuse_return(&function.body)?;
            Ok(Coverage::ReturnedFuture { boxed: returned == ReturnedFuture::Boxed })
        }
        (false, returned, Choice::Nothing) => Err(say_which(signature, returned, by_hand)),
    }
}

const ALWAYS_POLLS: &str = "an `async fn` is always covered poll by poll: remove this word";
const NO_FUTURE: &str = "this fn does not visibly return a future (`impl Future`, `Pin<Box<dyn Future>>`, \
                         `BoxFuture`), so its call is covered: remove this word or write such a type";
const OUT_OF_REACH: &str = "the polls of what this fn returns cannot be covered: write `call` to cover only the call, \
                            or return `impl Future`, `Pin<Box<dyn Future>>` or `BoxFuture`";
const INSIDE: &str = "the polls of a future inside another type cannot be covered: write `call` to cover only the call, \
                      and annotate the `async fn` that makes the future to cover its polls";
const STREAM: &str = "the polls of a stream cannot be covered: write `call` to cover only the call, and annotate the \
                      fns that it polls to cover their work";

/// At the fn's name: where `#[async_trait]` wrote the type, its span is of that attribute.
fn say_which(signature: &Signature, returned: ReturnedFuture, by_hand: Option<[&str; 2]>) -> Error {
    let name = &signature.ident;
    if is_of_async_trait(signature) {
        return Error::new(name.span(), format!("`{name}` {OF_ASYNC_TRAIT}"));
    }
    let (what, advice) = match returned {
        ReturnedFuture::OutOfReach => (
            "a future",
            "add `call` to cover only the call, or return `impl Future`, `Pin<Box<dyn Future>>` or `BoxFuture` and \
             add `future` to cover the future's polls",
        ),
        ReturnedFuture::Stream => (
            "a stream",
            "add `call` to cover only the call, and annotate the fns that it polls to cover their work",
        ),
        ReturnedFuture::Inside => (
            "a type that holds or makes a future",
            "add `call` to cover only the call, and annotate the `async fn` that makes the future to cover its polls",
        ),
        _ => {
            ("a future", "add `future` to cover the future's polls, or `call` to cover only its construction")
        }
    };
    let by_hand = by_hand.and_then(|[future, stream]| match returned {
        ReturnedFuture::OutOfReach => Some(future),
        ReturnedFuture::Stream => Some(stream),
        _ => None,
    });
    let by_hand = by_hand.map(|advice| format!("; {advice}")).unwrap_or_default();
    let advice =
        format!("`{name}` returns {what}, so its call ends before its work begins: {advice}{by_hand}");
    Error::new(name.span(), advice)
}

const OF_ASYNC_TRAIT: &str = "is no `async fn` any more where this attribute sees it: `#[async_trait]` has made it a fn that returns \
                              `Pin<Box<dyn Future>>`. Add `future` to cover the future's polls";

/// The lifetime is that attribute's, and nobody else's.
fn is_of_async_trait(signature: &Signature) -> bool {
    signature.generics.lifetimes().any(|parameter| parameter.lifetime.ident == "async_trait")
}

/// With `future` the body's value is wrapped; a `return` would hand out its future unwrapped.
///
/// The `return`s of async blocks, closures and nested fns are their own.
fn refuse_return(body: &TokenStream) -> syn::Result<()> {
    let tokens: Vec<TokenTree> = body.clone().into_iter().collect();
    let (mut own, mut value_before) = (true, false);
    for (index, token) in tokens.iter().enumerate() {
        let is_second = continues_mark(&tokens, index);
        match token {
            TokenTree::Ident(word) if own && word == "return" => return Err(Error::new(word.span(), RETURN)),
            TokenTree::Ident(word) if word == "async" || word == "fn" => own = false,
            // After a value `|` and `||` are operators, elsewhere they open a closure.
            TokenTree::Punct(mark) if mark.as_char() == '|' && !value_before && !is_second => own = false,
            TokenTree::Punct(mark) if mark.as_char() == ';' => own = true,
            TokenTree::Group(group) if own => refuse_return(&group.stream())?,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => own = true,
            _ => {}
        }
        value_before = match token {
            TokenTree::Ident(word) => word != "move" && word != "return",
            TokenTree::Punct(_) => false,
            _ => true,
        };
    }
    Ok(())
}

const RETURN: &str =
    "with `future` the fn's last expression is what is covered: end with the future instead of `return`";

/// Whether `async` has to stay on the fn, at the price of a second state machine.
fn must_keep(function: &Function) -> bool {
    // `!` may not stand in `impl Future<Output = !>`. Whatever looks for `async` below us (`#[tokio::test]`, another
    // pair of ours) must find it. `#[must_use]` on an async fn speaks of its output, `#[track_caller]` of its polls.
    function.never_returns() || function.has_more_attributes()
}

fn argument_of<'a>(name: &Ident, signature: &'a Signature) -> Option<&'a PatType> {
    signature.inputs.iter().find_map(|argument| match argument {
        FnArg::Typed(argument) if bound_names(&argument.pat).contains(name) => Some(argument),
        _ => None,
    })
}

fn either(word: &Ident, otherwise: &str) -> String {
    format!(
        "`{word}` is an option and an argument of this fn: write `{otherwise}` for the argument, \
         and give it another name if you ask for the option"
    )
}

#[cfg(test)]
mod tests {
    use super::refuse_return;

    #[test]
    fn a_return_of_the_fn_itself_is_found() {
        for own in [
            "return x;",
            "if a { return x; } y",
            "if a || b { return x; } y",
            "if a | b { return x; } y",
            "f(|x| x); if (a) || b { return x; } y",
            "match a { A | B => { return x } }",
        ] {
            assert!(refuse_return(&own.parse().expect("tokens")).is_err(), "{own}");
        }
        for other in [
            "async move { return x; }",
            "f(|| { return x; })",
            "f(move |a, b| { return x; })",
            "let f = || { return x; }; f()",
            "fn clamp(n: u32) -> u32 { if n > 1 { return 1; } n } async move { clamp(n) }",
        ] {
            assert!(refuse_return(&other.parse().expect("tokens")).is_ok(), "{other}");
        }
    }
}
