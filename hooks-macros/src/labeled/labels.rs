//! Values with keys among the arguments of an attribute: labels, or what a region says.

use super::advice::{MOST_LABELS, UNIT, refuse_marks};
use super::label::{Label, Source, string_literal};
use crate::faults::Faults;
use crate::function::names::mentioned_names;
use crate::function::{Coverage, arguments};
use crate::options::advice::{listed, unknown_option};
use crate::options::{self, Argument, Runtime, Sigil, Value, did_you_mean};
use crate::wrap::Around;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{Error, Signature};

#[derive(Default)]
pub(crate) struct Labels {
    pub(super) all: Vec<Label>,
    units: Vec<Argument>,
}

impl Labels {
    /// Takes an argument that is no option of the attribute but, maybe, `unit(..)`.
    pub(crate) fn take(&mut self, argument: Argument, signature: &Signature, usage: &str) -> syn::Result<()> {
        let is_word = argument.key.ident.is_some();
        match &argument.value {
            Value::List(list) if is_word && argument.key.name == "unit" => {
                let mut faults = Faults::default();
                let listed = options::parse(list.clone(), &mut faults);
                faults.into_result()?;
                if listed.is_empty() {
                    return Err(argument.fault(UNIT));
                }
                self.units.extend(listed);
            }
            Value::List(_) => return Err(unknown_option(&argument, usage)),
            _ => self.all.push(Label::of(argument, signature, usage)?),
        }
        Ok(())
    }

    /// All are taken.
    pub(crate) fn finish(&mut self, attribute: &str, faults: &mut Faults) {
        let units = std::mem::take(&mut self.units);
        options::refuse_duplicates(&units, faults);
        for unit in units {
            faults.take(self.set_unit(&unit));
        }
        faults.take(self.refuse_too_many(attribute));
    }

    fn refuse_too_many(&self, attribute: &str) -> syn::Result<()> {
        let Some(label) = self.all.get(MOST_LABELS) else { return Ok(()) };
        let what = if attribute == "labeled" { "labels" } else { "values" };
        let advice =
            format!("one `#[{attribute}(..)]` takes {MOST_LABELS} {what}: put a second one on this fn");
        Err(Error::new(label.key.span, advice))
    }

    fn set_unit(&mut self, unit: &Argument) -> syn::Result<()> {
        let Value::Expr { sigil: Sigil::None, expr } = &unit.value else { return Err(unit.fault(UNIT)) };
        let text = string_literal(expr).ok_or_else(|| Error::new_spanned(expr, UNIT))?;
        refuse_marks("unit", &text, expr.span())?;
        let label = self.all.iter_mut().find(|label| label.key.name == unit.key.name);
        if let Some(label) = label {
            label.unit = Some(text);
            return Ok(());
        }
        let labels: Vec<String> = self.all.iter().map(|label| label.key.name.clone()).collect();
        let known: Vec<&str> = labels.iter().map(String::as_str).collect();
        let (hint, labels) = (did_you_mean(&unit.key.name, &known), listed(&labels));
        Err(unit.fault(format!("no key `{}` to give a unit to{hint}: name one of {labels}", unit.key.name)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// `function(values, future)`, where `values` is an expression over what the user wrote.
    pub(crate) fn around(
        &self,
        (function, mut values): (&'static str, TokenStream),
        runtime: &Runtime,
        signature: &Signature,
        coverage: Coverage,
    ) -> Around {
        let (mixed, uses) = (Span::mixed_site(), self.names());
        let (mut prepare, mut allow) = (TokenStream::new(), None);
        if coverage == (Coverage::Polls { keep_async: false }) {
            (allow, values) = arguments::with_parts(signature, &uses, values);
        }
        // A statement of its own ends its temporaries before the future takes the arguments: a lock guard, say.
        if !matches!(coverage, Coverage::Polls { .. }) || !self.all.iter().all(Label::is_place) {
            prepare.extend(quote_spanned!(mixed=> #allow let __frame = #values;));
            values = quote_spanned!(mixed=> __frame);
        }
        Around { prepare, function, values, uses, runtime: runtime.clone() }
    }

    /// One a label.
    pub(crate) fn cells(&self, runtime: &Runtime) -> impl Iterator<Item = TokenStream> {
        self.all.iter().map(|label| label.cell(runtime))
    }

    /// `route,size:bytes`, as the site says it.
    pub(crate) fn keys(&self) -> String {
        let keys = self.all.iter().map(|label| match &label.unit {
            Some(unit) => format!("{}:{unit}", label.key.name),
            None => label.key.name.clone(),
        });
        keys.collect::<Vec<_>>().join(",")
    }

    /// Every name in the values.
    fn names(&self) -> Vec<Ident> {
        let mut names = Vec::new();
        for label in &self.all {
            let (Source::Text { text: value, .. } | Source::Copied { value, .. }) = &label.source;
            names.append(&mut mentioned_names(value.clone()));
        }
        names
    }
}
