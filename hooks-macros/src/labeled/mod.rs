//! `#[labeled(..)]`: labels in force while the fn runs.
//!
//! In: the arguments, each a `label` with its value, which `labels` are together. Out: cells of a frame in force round the body, and
//! the keys in the site's text. `advice` is what the user reads where the arguments are wrong.

mod advice;
mod label;
pub(crate) mod labels;

use crate::attribute::Attribute;
use crate::faults::Faults;
use crate::function::returned_future::{self, ReturnedFuture};
use crate::function::{Choice, Coverage, Function};
use crate::options::{self, Argument, Runtime, Sigil, Value};
use crate::site;
use crate::tokens::ours_at;
use crate::wrap::{Guard, Wrap};
use advice::USAGE;
use label::{Label, Source};
use labels::Labels;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Signature};

/// The arguments, understood.
#[derive(Default)]
pub(crate) struct Labeled {
    labels: Labels,
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
        let mut labeled = Labeled::default();
        for argument in arguments {
            faults.take(labeled.understand(argument, &function.signature));
        }
        labeled.labels.finish(Self::NAME, faults);
        // Also where an attribute above has said `future`.
        let is_by_hand = function.signature.asyncness.is_none()
            && returned_future::of(&function.signature) != ReturnedFuture::No;
        if is_by_hand && !matches!(labeled.choice, Choice::Call(_)) {
            labeled.labels.all.iter_mut().for_each(Label::own);
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
        site::emit(Self::NAME, &self.labels.keys(), &function.signature.ident)
    }

    fn wrap(&self, function: &mut Function, coverage: Coverage) -> syn::Result<Wrap> {
        let values = ("labeled_future", self.frame());
        let around = self.labels.around(values, &self.runtime, &function.signature, coverage);
        Ok(Wrap::Guard(Guard { open: self.open(), around }))
    }
}

impl Labeled {
    fn understand(&mut self, argument: Argument, signature: &Signature) -> syn::Result<()> {
        match (argument.key.ident.clone(), &argument.value) {
            (Some(word), _) if word == "crate" => self.runtime = Runtime::of(&argument)?,
            (Some(word), Value::Bare)
                if self.choice.takes(&word, signature, &format!("{word} = {word}"))? => {}
            _ => self.labels.take(argument, signature, USAGE)?,
        }
        Ok(())
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
        match self.labels.all.as_slice() {
            [Label { source: Source::Text { text, .. }, .. }] => ("_text", Span::mixed_site(), text.clone()),
            [Label { source: Source::Copied { sigil: Sigil::None, value, .. }, .. }] => {
                // A value that cannot be a label is reported, once, where the user wrote it.
                let place = ours_at(value.span());
                ("", place, quote_spanned!(place=> &#value))
            }
            _ => {
                let cells = self.labels.cells(&self.runtime);
                ("_all", Span::mixed_site(), quote!((#(#cells,)*)))
            }
        }
    }
}
