//! The call that an annotated fn ends with: `unlock(m, &path)`.

use super::advice::{CLOSURE, METHOD, NOT_A_FN};
use super::options::Background;
use crate::function::ours_at;
use crate::runtime::Runtime;
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
        Ok(Call { callee, callee_is_local, arguments: call.args.into_iter().collect() })
    }

    /// `locks::unlock`, as the site says it: without the marks of generic arguments.
    pub(super) fn name(&self) -> String {
        let segments = self.callee.path.segments.iter().map(|segment| segment.ident.to_string());
        segments.collect::<Vec<_>>().join("::")
    }

    /// The statements that evaluate the arguments and keep the call in the local `guard`.
    pub(super) fn keep(&self, guard: &Ident, runtime: &Runtime, manner: Manner) -> TokenStream {
        let mixed = Span::mixed_site();
        // What is wrong with the call's value is said at the fn that returns it.
        let place = ours_at(self.callee.span());
        let private = runtime.private(place);
        let (values, names) = self.values();
        let callee = &self.callee;
        let callee = if self.callee_is_local { quote_spanned!(mixed=> callee) } else { quote!(#callee) };
        let parameters =
            if self.callee_is_local { quote_spanned!(mixed=> (callee, #(#names,)*)) } else { tuple(&names) };
        let call = quote_spanned!(place=> |#parameters| #callee(#(#names),*));
        let manner = manner.words(runtime);
        if self.arguments.iter().all(is_simple) {
            return quote_spanned!(place=> let #guard = #private::cleanup(__SITE, #values, #call)#manner;);
        }
        // In a `let` of their own, temporaries that the arguments borrow live as long as the fn.
        quote_spanned! {place=>
            let arguments = #values;
            let #guard = #private::cleanup(__SITE, arguments, #call)#manner;
        }
    }

    /// What is evaluated at entry, and the names it has in the call.
    fn values(&self) -> (TokenStream, Vec<Ident>) {
        let mixed = Span::mixed_site();
        let names = (0..self.arguments.len()).map(|index| format_ident!("argument{index}", span = mixed));
        let arguments = &self.arguments;
        if self.callee_is_local {
            let callee = &self.callee;
            return (quote_spanned!(mixed=> (#callee, #(#arguments,)*)), names.collect());
        }
        (tuple(arguments), names.collect())
    }
}

impl Manner {
    fn words(self, runtime: &Runtime) -> TokenStream {
        let mixed = Span::mixed_site();
        let on = self.on.map(|on| match on {
            On::Error => quote_spanned!(mixed=> .on_error()),
            On::Failure => quote_spanned!(mixed=> .on_failure()),
        });
        let background = self.background.map(|when_full| {
            let when_full = when_full.path(runtime);
            quote_spanned!(mixed=> .in_background(#when_full))
        });
        quote!(#background #on)
    }
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
