//! `#[labeled(..)]`: labels in force while the fn runs.
//!
//! In: the arguments, each a `label` with its value. Out: cells of a frame in force round the body, and the keys in the site's text.
//! `advice` is what the user reads where the arguments are wrong.

mod advice;
mod label;

use crate::attribute::Attribute;
use crate::faults::Faults;
use crate::function::names::mentioned_names;
use crate::function::returned_future::{self, ReturnedFuture};
use crate::function::{Choice, Coverage, Function, arguments};
use crate::options::advice::{listed, unknown_option};
use crate::options::{self, Argument, Runtime, Sigil, Value, did_you_mean};
use crate::site;
use crate::tokens::ours_at;
use crate::wrap::{Around, Guard, Wrap};
use advice::{MOST_LABELS, UNIT, USAGE, refuse_marks};
use label::{Label, Source, string_literal};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Signature};

/// The arguments, understood.
pub(crate) struct Labeled {
    labels: Vec<Label>,
    choice: Choice,
    runtime: Runtime,
}

impl Attribute for Labeled {
    const NAME: &'static str = "labeled";
    const BY_HAND: Option<[&'static str; 2]> = Some([
        "where a trait gives the type, label the future: `future.labeled(labels! { .. })`",
        "or return `stream.carried()`, of `labels::Labeled`",
    ]);
    type Argument = Argument;

    fn validate(arguments: Vec<Argument>, function: &Function, faults: &mut Faults) -> Self {
        options::refuse_duplicates(&arguments, faults);
        let mut labeled =
            Labeled { labels: Vec::new(), choice: Choice::Nothing, runtime: Runtime::default() };
        let mut units = Vec::new();
        for argument in arguments {
            faults.take(labeled.understand(argument, &function.signature, &mut units));
        }
        options::refuse_duplicates(&units, faults);
        for unit in units {
            faults.take(labeled.set_unit(&unit));
        }
        faults.take(labeled.refuse_too_many());
        // Also where an attribute above has said `future`.
        let is_by_hand = function.signature.asyncness.is_none()
            && returned_future::of(&function.signature) != ReturnedFuture::No;
        if is_by_hand && !matches!(labeled.choice, Choice::Call(_)) {
            labeled.labels.iter_mut().for_each(Label::own);
        }
        labeled
    }

    fn choice(&self) -> Option<&Choice> {
        Some(&self.choice)
    }

    fn refuse(&self, _function: &Function, _coverage: Coverage, faults: &mut Faults) {
        // Where something else is wrong, that is why there is no label.
        if self.labels.is_empty() && faults.is_empty() {
            faults.add(Error::new(Span::call_site(), format!("`#[labeled(..)]` needs a label; {USAGE}")));
        }
    }

    fn site(&self, function: &Function) -> TokenStream {
        site::emit(Self::NAME, &self.keys(), &function.signature.ident)
    }

    fn wrap(&self, function: &mut Function, coverage: Coverage) -> syn::Result<Wrap> {
        let around = self.around(&function.signature, coverage);
        Ok(Wrap::Guard(Guard { open: self.open(), around }))
    }
}

impl Labeled {
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
            (Some(word), Value::Bare)
                if self.choice.takes(&word, signature, &format!("{word} = {word}"))? => {}
            (Some(word), Value::List(list)) if word == "unit" => {
                let mut faults = Faults::default();
                let listed = options::parse(list.clone(), &mut faults);
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

    fn around(&self, signature: &Signature, coverage: Coverage) -> Around {
        let mixed = Span::mixed_site();
        let (uses, mut values) = (self.value_names(), self.frame());
        let mut prepare = TokenStream::new();
        let mut allow = None;
        if coverage == (Coverage::Polls { keep_async: false }) {
            (allow, values) = arguments::with_parts(signature, &uses, values);
        }
        // A statement of its own ends its temporaries before the future takes the arguments: a lock guard, say.
        if !matches!(coverage, Coverage::Polls { .. }) || !self.labels.iter().all(Label::is_place) {
            prepare.extend(quote_spanned!(mixed=> #allow let __frame = #values;));
            values = quote_spanned!(mixed=> __frame);
        }
        Around { prepare, function: "labeled_future", values, uses, runtime: self.runtime.clone() }
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
            [Label { source: Source::Text { text, .. }, .. }] => ("_text", Span::mixed_site(), text.clone()),
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
    fn value_names(&self) -> Vec<Ident> {
        let mut names = Vec::new();
        for label in &self.labels {
            let (Source::Text { text: value, .. } | Source::Copied { value, .. }) = &label.source;
            names.append(&mut mentioned_names(value.clone()));
        }
        names
    }
}
