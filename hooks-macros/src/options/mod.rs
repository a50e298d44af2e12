//! The grammar of attribute arguments: `key`, `key = expr`, `key = %expr`, `key = ?expr`, `key(..)`.
//!
//! In: the tokens between the attribute's parentheses. Out: the options that the attribute knows, each once, or every error in
//! them, in the words of `advice`. `duration`, `name` and `runtime` are values that several attributes have, and `leading` is
//! a text without a key.

pub(crate) mod advice;
pub(crate) mod duration;
pub(crate) mod leading;
pub(crate) mod name;
mod runtime;

use crate::faults::Faults;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Error, Expr, ExprLit, Lit, LitStr, Token, parenthesized};

pub(crate) use advice::did_you_mean;
pub(crate) use runtime::Runtime;

/// The name of an argument and where the user wrote it.
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) span: Span,
    /// The identifier, where the key is a single one and not `a.b` or `"a b"`.
    pub(crate) ident: Option<Ident>,
    /// Written `"a b"`.
    pub(crate) quoted: bool,
}

/// What follows the key.
pub(crate) enum Value {
    /// Nothing: `route`.
    Bare,
    /// `= expr`, `= %expr`, `= ?expr`.
    Expr { sigil: Sigil, expr: Box<Expr> },
    /// `(..)`, to be parsed by the attribute.
    List(TokenStream),
}

/// How an expression becomes text, as in `tracing`'s fields.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sigil {
    None,
    Display,
    Debug,
}

pub(crate) struct Argument {
    pub(crate) key: Key,
    pub(crate) value: Value,
}

impl Argument {
    /// A fault at the key.
    pub(crate) fn fault(&self, message: impl std::fmt::Display) -> Error {
        Error::new(self.key.span, message)
    }
}

/// Parses a comma-separated list; a faulty argument is noted and passed over.
pub(crate) fn parse(tokens: TokenStream, faults: &mut Faults) -> Vec<Argument> {
    parse_list(tokens, faults)
}

/// The same for an attribute with arguments of its own.
pub(crate) fn parse_list<T: Parse>(tokens: TokenStream, faults: &mut Faults) -> Vec<T> {
    let mut arguments = Vec::new();
    parse_each(tokens, faults, &mut |input| {
        let argument = input.parse()?;
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(input.error("expected `,`"));
        }
        arguments.push(argument);
        Ok(())
    });
    arguments
}

fn parse_each(
    tokens: TokenStream,
    faults: &mut Faults,
    parse: &mut dyn FnMut(ParseStream) -> syn::Result<()>,
) {
    let parsed = (|input: ParseStream| {
        while !input.is_empty() {
            faults.take(parse(input));
            skip_past_comma(input)?;
        }
        Ok(())
    })
    .parse2(tokens);
    faults.take(parsed);
}

/// Where an argument was faulty, what is left of it is passed over too.
fn skip_past_comma(input: ParseStream) -> syn::Result<()> {
    while !input.is_empty() && input.parse::<Option<Token![,]>>()?.is_none() {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// Notes each key that occurs a second time.
pub(crate) fn refuse_duplicates(arguments: &[Argument], faults: &mut Faults) {
    for (index, argument) in arguments.iter().enumerate() {
        if arguments[..index].iter().any(|earlier| earlier.key.name == argument.key.name) {
            faults.add(argument.fault(format!("`{}` is given twice: keep one", argument.key.name)));
        }
    }
}

/// The value of `key = expr`.
pub(crate) fn expression<'a>(argument: &'a Argument, advice: &str) -> syn::Result<&'a Expr> {
    match &argument.value {
        Value::Expr { sigil: Sigil::None, expr } => Ok(expr),
        _ => Err(argument.fault(advice)),
    }
}

/// The same, taken out.
pub(crate) fn into_expression(argument: Argument, advice: &str) -> syn::Result<Expr> {
    match argument.value {
        Value::Expr { sigil: Sigil::None, expr } => Ok(*expr),
        _ => Err(argument.fault(advice)),
    }
}

/// The value of `key = "text"`.
pub(crate) fn string<'a>(argument: &'a Argument, advice: &str) -> syn::Result<&'a LitStr> {
    match expression(argument, advice)? {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text),
        other => Err(Error::new_spanned(other, advice)),
    }
}

impl Parse for Argument {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.peek(Token![%]) || input.peek(Token![?]) {
            return Err(sigil_without_key(input));
        }
        let key: Key = input.parse()?;
        let value = if let Some(equals) = input.parse::<Option<Token![=]>>()? {
            parse_value(input, equals.span)?
        } else if input.peek(syn::token::Paren) {
            let list;
            parenthesized!(list in input);
            Value::List(list.parse()?)
        } else {
            Value::Bare
        };
        Ok(Argument { key, value })
    }
}

impl Parse for Key {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.peek(LitStr) {
            let literal: LitStr = input.parse()?;
            return Ok(Key { name: literal.value(), span: literal.span(), ident: None, quoted: true });
        }
        let first = input.call(Ident::parse_any).map_err(|fault| Error::new(fault.span(), NOT_A_KEY))?;
        let (name, span) = (first.unraw().to_string(), first.span());
        let mut key = Key { name, span, ident: Some(first), quoted: false };
        while let Some(dot) = input.parse::<Option<Token![.]>>()? {
            let next = input.call(Ident::parse_any);
            let next = next.map_err(|_| Error::new(dot.span, "expected a name after `.`"))?;
            key = Key { name: format!("{}.{}", key.name, next.unraw()), ident: None, ..key };
        }
        Ok(key)
    }
}

const NOT_A_KEY: &str = "expected a key: a name like `route`, `http.route` or `\"http-route\"`";

fn parse_value(input: ParseStream, equals: Span) -> syn::Result<Value> {
    let sigil = parse_sigil(input)?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(Error::new(equals, "expected an expression after `=`"));
    }
    Ok(Value::Expr { sigil, expr: Box::new(ungrouped(input.parse()?)) })
}

/// The value itself where a `macro_rules!` passed it on as `$on:literal`: whoever asks what it is sees it.
fn ungrouped(expr: Expr) -> Expr {
    match expr {
        Expr::Group(group) => ungrouped(*group.expr),
        expr => expr,
    }
}

fn parse_sigil(input: ParseStream) -> syn::Result<Sigil> {
    if input.parse::<Option<Token![%]>>()?.is_some() {
        return Ok(Sigil::Display);
    }
    Ok(input.parse::<Option<Token![?]>>()?.map_or(Sigil::None, |_| Sigil::Debug))
}

/// `%request.id` -> "write `id = %request.id`".
fn sigil_without_key(input: ParseStream) -> Error {
    let span = input.span();
    let mut value = String::new();
    let mut key = None;
    while !input.is_empty() && !input.peek(Token![,]) {
        let Ok(token) = input.parse::<TokenTree>() else { break };
        value.push_str(&token.to_string());
        if let TokenTree::Ident(name) = token {
            key = Some(name);
        }
    }
    let key = key.map_or_else(|| "key".to_owned(), |name| name.to_string());
    Error::new(span, format!("a value needs a key: write `{key} = {value}`"))
}
