//! The call that an annotated fn ends with: `unlock(m, &path)`.

use super::advice::{CLOSURE, METHOD, NOT_A_FN};
use super::options::Background;
use crate::options::Runtime;
use crate::tokens::ours_at;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprPath, Lit};

/// `callee(arguments)`, evaluated at entry but for the call itself.
pub(super) struct Call {
    callee: ExprPath,
    /// A local variable: it is evaluated at entry too.
    callee_is_local: bool,
    arguments: Vec<Expr>,
    /// What the arguments are called in the call: a variable as it is, so that the expansion reads well.
    names: Vec<Ident>,
}

/// When and where a call is made.
#[derive(Clone, Copy, Default)]
pub(super) struct Manner {
    pub(super) on: Option<On>,
    pub(super) background: Option<Background>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    Error,
    Failure,
}

impl On {
    pub(super) fn word(self) -> &'static str {
        match self {
            On::Error => "error",
            On::Failure => "failure",
        }
    }
}

impl Call {
    pub(super) fn of(expr: Expr, locals: &[Ident]) -> syn::Result<Self> {
        let call = match expr {
            Expr::Call(call) => call,
            Expr::Group(group) => return Self::of(*group.expr, locals),
            Expr::MethodCall(call) => return Err(Error::new(call.method.span(), METHOD)),
            Expr::Closure(_) => return Err(Error::new_spanned(expr, CLOSURE)),
            _ => return Err(Error::new_spanned(expr, NOT_A_FN)),
        };
        let callee = path(*call.func)?;
        let callee_is_local = callee.path.get_ident().is_some_and(|name| locals.contains(name));
        let arguments: Vec<Expr> = call.args.into_iter().collect();
        let names = names(&arguments, locals);
        Ok(Call { callee, callee_is_local, arguments, names })
    }

    pub(super) fn name(&self) -> String {
        path_name(&self.callee)
    }

    /// The statements that evaluate the arguments and keep the call in the local `guard`.
    pub(super) fn keep(&self, guard: &Ident, runtime: &Runtime, manner: Manner) -> TokenStream {
        // What is wrong with the call's value is said at the fn that returns it.
        let place = ours_at(self.callee.span());
        let values = self.values();
        let call = self.call(place);
        let ((function, when_full), on) = (manner.function(runtime, place), manner.on());
        if self.arguments.iter().all(is_simple) {
            return quote_spanned!(place=> let #guard = #function(__SITE, #when_full #values, #call)#on;);
        }
        // In a `let` of their own, temporaries that the arguments borrow live as long as the fn.
        quote_spanned! {place=>
            let __arguments = #values;
            let #guard = #function(__SITE, #when_full __arguments, #call)#on;
        }
    }

    /// `|__argument0| unlock(__argument0)`: a closure, so that arguments coerce as in the call that the user wrote.
    fn call(&self, place: Span) -> TokenStream {
        let Call { names, callee, .. } = self;
        if !self.callee_is_local {
            let parameters = tuple(names);
            return quote_spanned!(place=> |#parameters| #callee(#(#names),*));
        }
        quote_spanned!(place=> |(__callee, #(#names,)*)| __callee(#(#names),*))
    }

    /// What is evaluated at entry.
    fn values(&self) -> TokenStream {
        let Call { callee, arguments, .. } = self;
        if self.callee_is_local {
            return quote_spanned!(Span::mixed_site()=> (#callee, #(#arguments,)*));
        }
        tuple(arguments)
    }
}

impl Manner {
    /// The fn that keeps the call, and what it takes first.
    fn function(self, runtime: &Runtime, place: Span) -> (TokenStream, Option<TokenStream>) {
        let private = runtime.private(place);
        match self.background {
            None => (quote_spanned!(place=> #private::cleanup), None),
            Some(when_full) => {
                let when_full = when_full.path(runtime);
                (quote_spanned!(place=> #private::cleanup_in_background), Some(quote!(#when_full,)))
            }
        }
    }

    fn on(self) -> Option<TokenStream> {
        self.on.map(|on| match on {
            On::Error => quote_spanned!(Span::mixed_site()=> .on_error()),
            On::Failure => quote_spanned!(Span::mixed_site()=> .on_failure()),
        })
    }
}

/// A name for each argument, at it, since what is wrong with the argument is said there.
fn names(arguments: &[Expr], locals: &[Ident]) -> Vec<Ident> {
    let mut names: Vec<Ident> = Vec::new();
    for (index, argument) in arguments.iter().enumerate() {
        let place = ours_at(argument.span());
        let name = match variable(argument).filter(|name| locals.contains(name) && !names.contains(name)) {
            Some(mut name) => {
                name.set_span(place);
                name
            }
            None => format_ident!("__argument{index}", span = place),
        };
        names.push(name);
    }
    names
}

fn variable(expr: &Expr) -> Option<Ident> {
    let Expr::Path(path) = expr else { return None };
    path.path.get_ident().cloned()
}

/// `()`, `a`, `(a, b)`.
pub(super) fn tuple(values: &[impl ToTokens]) -> TokenStream {
    let mixed = Span::mixed_site();
    match values {
        [one] => one.to_token_stream(),
        several => quote_spanned!(mixed=> (#(#several),*)),
    }
}

/// The fn that is called, named by a path.
pub(super) fn path(expr: Expr) -> syn::Result<ExprPath> {
    match expr {
        Expr::Path(path) => Ok(path),
        Expr::Group(group) => path(*group.expr),
        Expr::Paren(paren) => path(*paren.expr),
        Expr::Closure(_) => Err(Error::new_spanned(expr, CLOSURE)),
        _ => Err(Error::new_spanned(expr, NOT_A_FN)),
    }
}

/// `locks::unlock`, as the site says it: without the marks of generic arguments.
pub(super) fn path_name(path: &ExprPath) -> String {
    let segments = path.path.segments.iter().map(|segment| segment.ident.to_string());
    segments.collect::<Vec<_>>().join("::")
}

/// Whether no temporary would be borrowed.
fn is_simple(expr: &Expr) -> bool {
    match expr {
        Expr::Reference(reference) => is_place(&reference.expr),
        Expr::Group(group) => is_simple(&group.expr),
        Expr::Tuple(_)
        | Expr::Struct(_)
        | Expr::Array(_)
        | Expr::Paren(_)
        | Expr::Cast(_)
        | Expr::Block(_) => false,
        _ => true,
    }
}

fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) => true,
        Expr::Lit(literal) => matches!(literal.lit, Lit::Str(_) | Lit::ByteStr(_) | Lit::Int(_)),
        Expr::Field(field) => is_place(&field.base),
        Expr::Unary(unary) => matches!(unary.op, syn::UnOp::Deref(_)) && is_place(&unary.expr),
        Expr::Group(group) => is_place(&group.expr),
        _ => false,
    }
}
