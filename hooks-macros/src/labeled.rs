//! `#[labeled(..)]`: labels in force while the fn runs.

use crate::advice::{
    MOST_LABELS, UNIT, USAGE, listed, no_such_argument, not_an_argument, refuse_marks, unknown_option,
};
use crate::args::{self, Argument, Key, Sigil, Value};
use crate::asyncness::{self, Asked, Coverage, is_name};
use crate::fallback::Faults;
use crate::function::{Around, Function, Pair, ours_at};
use crate::names::{bound_names, mentioned_names};
use crate::nearest::did_you_mean;
use crate::runtime::Runtime;
use crate::{patterns, site};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Expr, FnArg, Lit, Signature, Type};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let mut faults = Faults::default();
    let arguments = args::parse(arguments, &mut faults);
    let function = faults.take(syn::parse2::<Function>(item));
    let Some(function) = function else { return Err(faults.into_result().expect_err("no fn was parsed")) };
    let labeled = Labeled::validate(arguments, &function.signature, &mut faults);
    faults.take(function.refuse_const());
    let coverage = faults.take(asyncness::coverage(&function, &labeled.asked)).unwrap_or(Coverage::Call);
    // Where something else is wrong, that is why there is no label.
    if labeled.labels.is_empty() && faults.is_empty() {
        faults.add(Error::new(Span::call_site(), format!("`#[labeled(..)]` needs a label; {USAGE}")));
    }
    faults.into_result()?;
    let pair = labeled.pair(&function.signature, coverage);
    Ok(function.expand(&pair, coverage))
}

/// The arguments, understood.
struct Labeled {
    labels: Vec<Label>,
    asked: Asked,
    runtime: Runtime,
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
    Copied { sigil: Sigil, value: TokenStream, is_place: bool },
}

impl Labeled {
    fn validate(arguments: Vec<Argument>, signature: &Signature, faults: &mut Faults) -> Self {
        args::refuse_duplicates(&arguments, faults);
        let mut labeled = Labeled { labels: Vec::new(), asked: Asked::Nothing, runtime: Runtime::default() };
        let mut units = Vec::new();
        for argument in arguments {
            faults.take(labeled.understand(argument, signature, &mut units));
        }
        args::refuse_duplicates(&units, faults);
        for unit in units {
            faults.take(labeled.set_unit(&unit));
        }
        faults.take(labeled.refuse_too_many());
        labeled
    }

    fn refuse_too_many(&self) -> syn::Result<()> {
        let Some(label) = self.labels.get(MOST_LABELS) else { return Ok(()) };
        let advice = format!("one `#[labeled(..)]` takes {MOST_LABELS} labels: put a second one on this fn");
        Err(Error::new(label.key.span, advice))
    }

    fn understand(
        &mut self,
        argument: Argument,
        signature: &Signature,
        units: &mut Vec<Argument>,
    ) -> syn::Result<()> {
        let word = argument.key.ident.clone();
        match (word, &argument.value) {
            (Some(word), _) if word == "crate" => self.runtime = Runtime::of(&argument)?,
            (Some(word), Value::Bare) if word == "future" => self.asked = Asked::Future(word),
            (Some(word), Value::Bare) if word == "call" => self.asked = Asked::Call(word),
            (Some(word), Value::List(list)) if word == "unit" => {
                let mut faults = Faults::default();
                let listed = args::parse(list.clone(), &mut faults);
                faults.into_result()?;
                if listed.is_empty() {
                    return Err(argument.fault(UNIT));
                }
                units.extend(listed);
            }
            (_, Value::List(_)) => return Err(unknown_option(&argument, USAGE)),
            _ => self.labels.push(Label::of(argument, signature)?),
        }
        Ok(())
    }

    fn set_unit(&mut self, unit: &Argument) -> syn::Result<()> {
        let Value::Expr { sigil: Sigil::None, expr } = &unit.value else { return Err(unit.fault(UNIT)) };
        let text = string_literal(expr).ok_or_else(|| Error::new_spanned(expr, UNIT))?;
        refuse_marks("unit", &text, expr.span())?;
        let label = self.labels.iter_mut().find(|label| label.key.name == unit.key.name);
        if let Some(label) = label {
            label.unit = Some(text);
            return Ok(());
        }
        let labels: Vec<String> = self.labels.iter().map(|label| label.key.name.clone()).collect();
        let known: Vec<&str> = labels.iter().map(String::as_str).collect();
        let (hint, labels) = (did_you_mean(&unit.key.name, &known), listed(&labels));
        Err(unit.fault(format!("no label `{}` to give a unit to{hint}: name one of {labels}", unit.key.name)))
    }

    fn pair(&self, signature: &Signature, coverage: Coverage) -> Pair {
        Pair {
            site: site::emit("labeled", &self.keys(), &signature.ident),
            open: self.open(),
            uses: self.named(),
            around: self.around(signature, coverage),
        }
    }

    fn around(&self, signature: &Signature, coverage: Coverage) -> Around {
        let mixed = Span::mixed_site();
        let private = self.runtime.private(mixed);
        let function = quote_spanned!(mixed=> #private::labeled_future);
        let values = self.frame();
        let mut prepare = TokenStream::new();
        if coverage == (Coverage::Polls { keep_async: false }) {
            prepare.extend(patterns::open(signature, &self.named()));
        }
        if matches!(coverage, Coverage::Polls { .. }) && self.labels.iter().all(Label::is_place) {
            return Around { prepare, function, values };
        }
        // A statement of its own ends its temporaries before the future takes the arguments: a lock guard, say.
        prepare.extend(quote_spanned!(mixed=> let __frame = #values;));
        Around { prepare, function, values: quote_spanned!(mixed=> __frame) }
    }

    /// Two locals, so that a frame is written where it lies.
    fn open(&self) -> TokenStream {
        let (kind, place, values) = self.values();
        let (site, private) = (site::name(), self.runtime.private(Span::mixed_site()));
        let enter = Ident::new(&format!("enter{kind}"), place);
        let room = quote_spanned!(Span::mixed_site()=> let __frame = #private::room(););
        quote_spanned!(place=> #room let __scope = __frame.#enter(&#site, #values);)
    }

    /// Async: what each poll makes its frame of.
    fn frame(&self) -> TokenStream {
        let (kind, place, values) = self.values();
        let (site, private) = (site::name(), self.runtime.private(place));
        let frame = Ident::new(&format!("frame{kind}"), place);
        quote_spanned!(place=> #private::#frame(&#site, #values))
    }

    /// The end of the name of the fn that takes the values, the place that faults of theirs are shown at, and the values.
    /// A single value has a fn of its own, which costs the compiler less than a tuple of one.
    fn values(&self) -> (&'static str, Span, TokenStream) {
        match self.labels.as_slice() {
            [Label { source: Source::Text(text), .. }] => ("_text", Span::mixed_site(), text.clone()),
            [Label { source: Source::Copied { sigil: Sigil::None, value, .. }, .. }] => {
                // A value that cannot be a label is reported, once, where the user wrote it.
                let place = ours_at(value.span());
                ("", place, quote_spanned!(place=> &#value))
            }
            labels => {
                let cells = labels.iter().map(|label| label.cell(&self.runtime));
                ("_all", Span::mixed_site(), quote!((#(#cells,)*)))
            }
        }
    }

    /// `route,size:bytes`, as the site says it.
    fn keys(&self) -> String {
        let keys = self.labels.iter().map(|label| match &label.unit {
            Some(unit) => format!("{}:{unit}", label.key.name),
            None => label.key.name.clone(),
        });
        keys.collect::<Vec<_>>().join(",")
    }

    /// Every name in the labels' values.
    fn named(&self) -> Vec<Ident> {
        let mut names = Vec::new();
        for label in &self.labels {
            let (Source::Text(value) | Source::Copied { value, .. }) = &label.source;
            names.append(&mut mentioned_names(value.clone()));
        }
        names
    }
}

impl Label {
    fn of(argument: Argument, signature: &Signature) -> syn::Result<Self> {
        refuse_marks("key", &argument.key.name, argument.key.span)?;
        let source = match argument.value {
            Value::Bare => Source::argument(&argument.key, signature)?,
            Value::Expr { sigil, expr } => Source::of_expr(sigil, &expr),
            Value::List(_) => unreachable!("a list is an option"),
        };
        Ok(Label { key: argument.key, unit: None, source })
    }

    fn is_place(&self) -> bool {
        matches!(self.source, Source::Text(_) | Source::Copied { is_place: true, .. })
    }

    fn cell(&self, runtime: &Runtime) -> TokenStream {
        match &self.source {
            Source::Text(text) => {
                let private = runtime.private(Span::mixed_site());
                quote_spanned!(Span::mixed_site()=> #private::text(#text))
            }
            Source::Copied { sigil, value, .. } => {
                // A value that cannot be a label is reported, once, where the user wrote it.
                let place = ours_at(value.span());
                let private = runtime.private(place);
                let copy = match sigil {
                    Sigil::None => quote_spanned!(place=> value),
                    Sigil::Display => quote_spanned!(place=> display),
                    Sigil::Debug => quote_spanned!(place=> debug),
                };
                quote_spanned!(place=> #private::#copy(&#value))
            }
        }
    }
}

impl Source {
    /// `route` alone: an argument of the fn.
    fn argument(key: &Key, signature: &Signature) -> syn::Result<Self> {
        let ident = key.ident.as_ref().ok_or_else(|| not_an_argument(key))?;
        for argument in &signature.inputs {
            let FnArg::Typed(argument) = argument else { continue };
            if bound_names(&argument.pat).contains(ident) {
                let value = ident.to_token_stream();
                let text = is_name(&argument.pat) && is_str(&argument.ty);
                return Ok(if text {
                    Source::Text(value)
                } else {
                    Source::Copied { sigil: Sigil::None, value, is_place: true }
                });
            }
        }
        Err(no_such_argument(ident, signature))
    }

    fn of_expr(sigil: Sigil, expr: &Expr) -> Self {
        let value = operand(expr);
        if sigil == Sigil::None && string_literal(expr).is_some() {
            Source::Text(value)
        } else {
            Source::Copied { sigil, value, is_place: is_place(expr) }
        }
    }
}

/// Whether looking at `expr` makes no value that would have to be dropped.
fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) | Expr::Lit(_) => true,
        Expr::Field(field) => is_place(&field.base),
        Expr::Group(group) => is_place(&group.expr),
        _ => false,
    }
}

/// `expr` as it may stand behind `&`.
fn operand(expr: &Expr) -> TokenStream {
    match expr {
        // What a `macro_rules!` captured: the parser would look through the invisible group.
        Expr::Group(group) => operand(&group.expr),
        Expr::Binary(_) | Expr::Cast(_) | Expr::Range(_) | Expr::Closure(_) | Expr::Assign(_) => {
            quote_spanned!(Span::mixed_site()=> (#expr))
        }
        _ => expr.to_token_stream(),
    }
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
