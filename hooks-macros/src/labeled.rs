//! `#[labeled(..)]`: labels in force while the fn runs.

use crate::args::{self, Argument, Key, Sigil, Value};
use crate::asyncness::{self, Asked, Coverage, argument_name};
use crate::fallback::Faults;
use crate::function::{Around, Function, Pair};
use crate::names::bound_names;
use crate::site;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, FnArg, Lit, Pat, PatIdent, Signature, Type};

/// As many labels as the runtime's tuples of values go.
const MOST_LABELS: usize = 8;
/// What the site's text sets between keys, and what a reader would trip over.
const NOT_IN_KEYS: [char; 7] = [' ', ',', ':', '(', ')', '"', '\\'];
const USAGE: &str = "labels are `argument`, `key = expr`, `key = %expr` (Display), `key = ?expr` (Debug); \
                     options are `unit(key = \"..\")`, `future`, `call`, `crate = ::path`";

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let mut faults = Faults::default();
    let function = faults.take(syn::parse2::<Function>(item));
    let arguments = args::parse(arguments, &mut faults);
    let Some(function) = function else { return Err(faults.into_result().expect_err("no fn was parsed")) };
    faults.take(function.refuse_const());
    let labeled = Labeled::validate(arguments, &function.signature, &mut faults);
    let coverage = faults.take(asyncness::coverage(&function, labeled.asked)).unwrap_or(Coverage::Call);
    faults.into_result()?;
    let pair = labeled.pair(&function.signature, coverage);
    Ok(function.expand(&pair, coverage))
}

/// The arguments, understood.
struct Labeled {
    labels: Vec<Label>,
    asked: Asked,
    runtime: TokenStream,
}

struct Label {
    key: Key,
    unit: Option<String>,
    source: Source,
}

enum Source {
    /// A `&str` that lives as long as the call: borrowed.
    Text(TokenStream),
    /// Anything else: looked at, and copied.
    Copied { sigil: Sigil, value: TokenStream },
}

impl Labeled {
    fn validate(arguments: Vec<Argument>, signature: &Signature, faults: &mut Faults) -> Self {
        args::refuse_duplicates(&arguments, faults);
        let mut labeled = Labeled {
            labels: Vec::new(),
            asked: Asked::Nothing,
            runtime: quote_spanned!(Span::mixed_site()=> ::hooks_runtime),
        };
        let mut units = Vec::new();
        let none = arguments.is_empty();
        for argument in arguments {
            faults.take(labeled.understand(argument, signature, &mut units));
        }
        for unit in units {
            faults.take(labeled.set_unit(&unit));
        }
        if none || labeled.labels.len() > MOST_LABELS {
            faults.add(syn::Error::new(
                Span::call_site(),
                format!("`#[labeled(..)]` takes 1 to {MOST_LABELS} labels; {USAGE}"),
            ));
        }
        labeled
    }

    fn understand(
        &mut self,
        argument: Argument,
        signature: &Signature,
        units: &mut Vec<Argument>,
    ) -> syn::Result<()> {
        match (argument.key.name.as_str(), &argument.value) {
            ("crate", _) => self.runtime = argument.runtime_path()?.into_token_stream(),
            ("future", Value::Bare) => self.asked = Asked::Future(argument.key.span),
            ("call", Value::Bare) => self.asked = Asked::Call(argument.key.span),
            ("unit", Value::List(list)) => {
                let mut faults = Faults::default();
                units.extend(args::parse(list.clone(), &mut faults));
                faults.into_result()?;
            }
            (_, Value::List(_)) => {
                return Err(argument.fault(format!("unknown option `{}(..)`; {USAGE}", argument.key.name)));
            }
            _ => self.labels.push(Label::of(argument, signature)?),
        }
        Ok(())
    }

    fn set_unit(&mut self, unit: &Argument) -> syn::Result<()> {
        let text = match &unit.value {
            Value::Expr { sigil: Sigil::None, expr } => string_literal(expr),
            _ => None,
        };
        let text = text.ok_or_else(|| unit.fault("a unit is a string: `unit(size = \"bytes\")`"))?;
        refuse_marks(&text, unit.key.span)?;
        let label = self.labels.iter_mut().find(|label| label.key.name == unit.key.name);
        label.ok_or_else(|| unit.fault(format!("no label `{}` to give a unit to", unit.key.name)))?.unit =
            Some(text);
        Ok(())
    }

    fn pair(&self, signature: &Signature, coverage: Coverage) -> Pair {
        let runtime = &self.runtime;
        let mixed = Span::mixed_site();
        let cells = self.labels.iter().map(|label| label.cell(runtime));
        Pair {
            site: site::emit("labeled", &self.keys(), &signature.ident),
            open: self.open(runtime, cells.clone()),
            uses: self.named(),
            around: self.around(signature, coverage, &quote_spanned!(mixed=> (#(#cells,)*))),
        }
    }

    fn around(&self, signature: &Signature, coverage: Coverage, cells: &TokenStream) -> Around {
        let (runtime, site, mixed) = (&self.runtime, site::name(), Span::mixed_site());
        let function = quote_spanned!(mixed=> #runtime::__private::labeled_future);
        let polls = coverage == Coverage::Polls;
        let opened = if polls { self.open_patterns(signature) } else { TokenStream::new() };
        if polls && self.are_names() {
            return Around { prepare: opened, function, values: quote_spanned!(mixed=> &#site, #cells) };
        }
        // A statement of its own: it ends before the body takes the arguments, and so do its temporaries.
        Around {
            prepare: quote_spanned!(mixed=> #opened let labels = #cells;),
            function,
            values: quote_spanned!(mixed=> &#site, labels),
        }
    }

    /// Whether every value is a name or a literal, which leaves no temporaries.
    fn are_names(&self) -> bool {
        self.labels.iter().all(|label| {
            let (Source::Text(value) | Source::Copied { value, .. }) = &label.source;
            value.clone().into_iter().count() == 1
        })
    }

    fn open(&self, runtime: &TokenStream, cells: impl Iterator<Item = TokenStream>) -> TokenStream {
        let site = site::name();
        if let [Label { source: Source::Text(text), .. }] = self.labels.as_slice() {
            return quote_spanned!(Span::mixed_site()=> #runtime::__private::text_scope(&#site, #text));
        }
        quote_spanned!(Span::mixed_site()=> #runtime::__private::scope(&#site, (#(#cells,)*)))
    }

    /// `route,size:bytes`, as the site says it.
    fn keys(&self) -> String {
        let keys = self.labels.iter().map(|label| match &label.unit {
            Some(unit) => format!("{}:{unit}", label.key.name),
            None => label.key.name.clone(),
        });
        keys.collect::<Vec<_>>().join(",")
    }

    /// An async fn takes patterns apart inside its future; a label that names a part of one sees it by reference.
    fn open_patterns(&self, signature: &Signature) -> TokenStream {
        let mut opened = TokenStream::new();
        let used = self.named();
        for (index, argument) in signature.inputs.iter().enumerate() {
            let FnArg::Typed(argument) = argument else { continue };
            let names = bound_names(argument.pat.to_token_stream());
            if !is_plain(&argument.pat) && names.iter().any(|name| used.contains(name)) {
                let name = argument_name(index);
                let pattern = without_modes(argument.pat.to_token_stream());
                opened.extend(
                    quote_spanned!(Span::mixed_site()=> #[allow(unused_variables)] let #pattern = &#name;),
                );
            }
        }
        opened
    }

    /// Every name in the labels' values.
    fn named(&self) -> Vec<Ident> {
        let values = self.labels.iter().map(|label| {
            let (Source::Text(value) | Source::Copied { value, .. }) = &label.source;
            value.clone()
        });
        values.flat_map(bound_names).collect()
    }
}

impl Label {
    fn of(argument: Argument, signature: &Signature) -> syn::Result<Self> {
        refuse_marks(&argument.key.name, argument.key.span)?;
        let source = match argument.value {
            Value::Bare => Source::argument(&argument.key, signature)?,
            Value::Expr { sigil, expr } => Source::of_expr(sigil, &expr),
            Value::List(_) => unreachable!("a list is an option"),
        };
        Ok(Label { key: argument.key, unit: None, source })
    }

    fn cell(&self, runtime: &TokenStream) -> TokenStream {
        let mixed = Span::mixed_site();
        match &self.source {
            Source::Text(text) => quote_spanned!(mixed=> #runtime::__private::text(#text)),
            Source::Copied { sigil, value } => {
                let copy = match sigil {
                    Sigil::None => quote_spanned!(mixed=> value),
                    Sigil::Display => quote_spanned!(mixed=> display),
                    Sigil::Debug => quote_spanned!(mixed=> debug),
                };
                quote_spanned!(mixed=> #runtime::__private::#copy(&#value))
            }
        }
    }
}

impl Source {
    /// `route` alone: an argument of the fn.
    fn argument(key: &Key, signature: &Signature) -> syn::Result<Self> {
        let Some(ident) = &key.ident else {
            return Err(syn::Error::new(
                key.span,
                format!("`{0}` names no argument: write `{0} = expr`", key.name),
            ));
        };
        let mut names = Vec::new();
        for argument in &signature.inputs {
            let FnArg::Typed(argument) = argument else { continue };
            let bound = bound_names(argument.pat.to_token_stream());
            if bound.contains(ident) {
                let value = ident.to_token_stream();
                let text = is_plain(&argument.pat) && is_str(&argument.ty);
                return Ok(if text {
                    Source::Text(value)
                } else {
                    Source::Copied { sigil: Sigil::None, value }
                });
            }
            names.extend(bound.iter().map(|name| format!("`{name}`")));
        }
        Err(syn::Error::new(key.span, no_such_argument(ident, &names)))
    }

    fn of_expr(sigil: Sigil, expr: &Expr) -> Self {
        let value = operand(expr);
        if sigil == Sigil::None && string_literal(expr).is_some() {
            Source::Text(value)
        } else {
            Source::Copied { sigil, value }
        }
    }
}

/// `expr` as it may stand behind `&`.
fn operand(expr: &Expr) -> TokenStream {
    match expr {
        Expr::Binary(_) | Expr::Cast(_) | Expr::Range(_) | Expr::Closure(_) | Expr::Assign(_) => {
            quote_spanned!(Span::mixed_site()=> (#expr))
        }
        _ => expr.to_token_stream(),
    }
}

fn no_such_argument(ident: &Ident, names: &[String]) -> String {
    if names.is_empty() {
        return format!("this fn has no argument `{ident}`: write `{ident} = expr`");
    }
    format!(
        "this fn has no argument `{ident}`, it has {}: name one of them or write `{ident} = expr`",
        names.join(", ")
    )
}

/// The argument itself, not a part of it.
fn is_plain(pattern: &Pat) -> bool {
    matches!(pattern, Pat::Ident(PatIdent { by_ref: None, subpat: None, .. }))
}

/// `&str`, `&'a str`.
fn is_str(ty: &Type) -> bool {
    match ty {
        Type::Reference(ty) => {
            ty.mutability.is_none() && matches!(&*ty.elem, Type::Path(path) if path.path.is_ident("str"))
        }
        Type::Group(ty) => is_str(&ty.elem),
        _ => false,
    }
}

fn string_literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        Expr::Group(group) => string_literal(&group.expr),
        _ => None,
    }
}

fn refuse_marks(text: &str, span: Span) -> syn::Result<()> {
    let mark = text.chars().find(|c| NOT_IN_KEYS.contains(c) || c.is_control());
    if text.is_empty() || text.starts_with("pprof::") {
        return Err(syn::Error::new(span, "a key is not empty and does not start with `pprof::`"));
    }
    mark.map_or(Ok(()), |mark| {
        Err(syn::Error::new(span, format!("{mark:?} may not stand in a key or a unit")))
    })
}

/// `(mut a, ref b)` -> `(a, b)`: matched against a reference, a pattern may not say how it binds.
fn without_modes(tokens: TokenStream) -> TokenStream {
    let kept = tokens.into_iter().filter_map(|token| match token {
        proc_macro2::TokenTree::Ident(name) if name == "mut" || name == "ref" => None,
        proc_macro2::TokenTree::Group(group) => {
            let mut inner = proc_macro2::Group::new(group.delimiter(), without_modes(group.stream()));
            inner.set_span(group.span());
            Some(quote!(#inner))
        }
        token => Some(token.into_token_stream()),
    });
    kept.collect()
}
