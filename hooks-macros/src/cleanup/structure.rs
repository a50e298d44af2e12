//! The arguments of `#[cleanup(..)]` on a struct, understood.

use super::advice::{CLOSURE, ON_STRUCT};
use super::call;
use super::fields::{self, Member};
use super::options::Background;
use crate::faults::Faults;
use crate::options::advice::unknown_option;
use crate::options::{self, Argument, Runtime, Sigil, Value};
use proc_macro2::{Ident, Span, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, ExprPath, Fields, Token, Type};

/// One argument of the attribute, as written.
enum StructArgument {
    /// `result = Result<u64, Error>`.
    Result {
        key: Ident,
        ty: Box<Type>,
    },
    Argument(Argument),
}

impl Parse for StructArgument {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let ahead = input.fork();
        if ahead.parse::<Ident>().is_ok_and(|key| key == "result") && ahead.peek(Token![=]) {
            let (key, _, ty) = (input.parse()?, input.parse::<Token![=]>()?, input.parse()?);
            return Ok(StructArgument::Result { key, ty });
        }
        input.parse().map(StructArgument::Argument)
    }
}

/// What closes the struct.
pub(super) struct Closing {
    pub(super) close: ExprPath,
    pub(super) members: Vec<Member>,
    /// What `close` returns, where it is not `io::Result<()>`.
    pub(super) result: Option<Type>,
    pub(super) background: Option<Background>,
    pub(super) runtime: Runtime,
}

/// What is understood so far.
#[derive(Default)]
struct Draft {
    close: Option<ExprPath>,
    members: Option<Vec<Member>>,
    result: Option<Type>,
    background: Option<Background>,
    runtime: Runtime,
}

impl Closing {
    /// Nothing where something is wrong, which is noted in `faults`.
    pub(super) fn of(tokens: TokenStream, struct_fields: &Fields, faults: &mut Faults) -> Option<Self> {
        let mut draft = Draft::default();
        let mut arguments = Vec::new();
        for argument in options::parse_list(tokens, faults) {
            match argument {
                StructArgument::Argument(argument) => arguments.push(argument),
                StructArgument::Result { ty, .. } if draft.result.is_none() => {
                    draft.result = Some(*ty);
                }
                StructArgument::Result { key, .. } => {
                    faults.add(Error::new(key.span(), "`result` is given twice: keep one"));
                }
            }
        }
        options::refuse_duplicates(&arguments, faults);
        for argument in arguments {
            faults.take(draft.understand(argument, struct_fields));
        }
        draft.closing(faults)
    }
}

impl Draft {
    fn understand(&mut self, argument: Argument, struct_fields: &Fields) -> syn::Result<()> {
        match (argument.key.name.as_str(), &argument.value) {
            ("crate", _) => self.runtime = Runtime::of(&argument)?,
            ("background", _) => self.background = Some(Background::of(&argument)?),
            ("args", Value::List(list)) => {
                // Even where one of them is wrong, there are arguments.
                self.members = Some(Vec::new());
                self.members = Some(fields::members(list.clone(), struct_fields)?);
            }
            ("close", Value::Expr { sigil: Sigil::None, .. }) => self.close = Some(closer(argument)?),
            _ => return Err(unknown(&argument)),
        }
        Ok(())
    }

    fn closing(self, faults: &mut Faults) -> Option<Closing> {
        if faults.is_empty() {
            let missing = match (&self.close, &self.members) {
                (None, _) => Some("the fn that closes the struct is missing"),
                (_, None) => Some("the fields that the closing fn takes are missing"),
                _ => None,
            };
            faults.take(missing.map_or(Ok(()), |missing| {
                Err(Error::new(Span::call_site(), format!("{missing}: {ON_STRUCT}")))
            }));
        }
        let Draft { close, members, result, background, runtime } = self;
        Some(Closing { close: close?, members: members?, result, background, runtime })
    }
}

fn closer(argument: Argument) -> syn::Result<ExprPath> {
    let Value::Expr { expr, .. } = argument.value else { unreachable!("matched by the caller") };
    match *expr {
        Expr::Closure(closure) => Err(Error::new_spanned(closure, CLOSURE)),
        Expr::Call(call) => {
            Err(Error::new_spanned(call.func, "name the fn alone; the fields that it takes go in `args(..)`"))
        }
        expr => call::path(expr),
    }
}

fn unknown(argument: &Argument) -> Error {
    match argument.key.name.as_str() {
        "close" | "args" => argument.fault(ON_STRUCT),
        name @ ("on" | "future" | "call") => argument.fault(format!("`{name}` is for a fn; {ON_STRUCT}")),
        _ => unknown_option(argument, ON_STRUCT),
    }
}
