//! `#[region(..)]`: what the fn does, and when, in the execution trace.
//!
//! ```text
//! Input:   fn f(x: u32) -> u32 { BODY }, with `x`
//! Output:  fn f(x: u32) -> u32 {
//!              static __SITE ..;
//!              {
//!                  let __scope = if is_on() { region_with(&__SITE, (value(&x),)) } else { region_unseen() };
//!                  '__region: { BODY }
//!              }
//!          }
//! ```
//!
//! An `if` and no closure: what the user wrote stays in his fn.

use crate::attribute::Attribute;
use crate::faults::Faults;
use crate::function::{Choice, Coverage, Function};
use crate::labeled::labels::Labels;
use crate::options::duration::Milliseconds;
use crate::options::leading::{self, Leading};
use crate::options::name::Name;
use crate::options::{self, Argument, Runtime, Sigil, Value};
use crate::site;
use crate::wrap::{Guard, Wrap};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Expr, ExprLit, Lit, Signature};

const USAGE: &str = "the name comes first: `\"db.query\"`; \
                     values are `argument`, `key = expr`, `key = %expr` (Display), `key = ?expr` (Debug); \
                     options are `slow = \"50ms\"`, `unit(key = \"..\")`, `future`, `call`, `crate = ::path`";
const NAME: &str = "the name comes first, and once: `#[region(\"db.query\", ..)]`";
const NAME_AS_VALUE: &str =
    "the name of a region comes first, without a key: `#[region(\"db.query\")]`; a value has another key";

/// The arguments, understood.
#[derive(Default)]
pub(crate) struct Region {
    name: Option<Name>,
    values: Labels,
    slow: Option<Milliseconds>,
    choice: Choice,
    runtime: Runtime,
}

impl Attribute for Region {
    const NAME: &'static str = "region";
    type Argument = Leading<Name>;

    fn validate(arguments: Vec<Leading<Name>>, function: &Function, faults: &mut Faults) -> Self {
        let (name, arguments) = leading::taken(arguments, NAME, faults);
        options::refuse_duplicates(&arguments, faults);
        let mut region = Region { name, ..Region::default() };
        for argument in arguments {
            faults.take(region.understand(argument, &function.signature));
        }
        region.values.finish(Self::NAME, faults);
        region
    }

    fn choice(&self) -> Option<&Choice> {
        Some(&self.choice)
    }

    fn site(&self, function: &Function) -> TokenStream {
        let name = self.name.as_ref().map(Name::listed);
        let keys = (!self.values.is_empty()).then(|| self.values.keys());
        let slow = self.slow.as_ref().map(|slow| format!("slow={}", slow.text));
        site::emit(Self::NAME, &site::listed(&[name, keys, slow]), &function.signature.ident)
    }

    fn wrap(&self, function: &mut Function, coverage: Coverage) -> syn::Result<Wrap> {
        let span = ("region_future", self.begun("region_span"));
        let mut around = self.values.around(span, &self.runtime, &function.signature, coverage);
        if let Some(most) = self.most_nanoseconds() {
            let region = &around.values;
            around.values = quote!(#region, #most);
            around.function = "slow_region_future";
        }
        Ok(Wrap::Guard(Guard { open: self.open(), around }))
    }
}

impl Region {
    fn understand(&mut self, argument: Argument, signature: &Signature) -> syn::Result<()> {
        match (argument.key.ident.clone(), &argument.value) {
            (Some(word), _) if word == "crate" => self.runtime = Runtime::of(&argument)?,
            (Some(word), Value::Expr { .. }) if word == "slow" => {
                self.slow = Some(Milliseconds::of(&argument)?);
            }
            (Some(word), Value::Expr { sigil: Sigil::None, expr }) if word == "name" && is_text(expr) => {
                return Err(argument.fault(NAME_AS_VALUE));
            }
            (Some(word), Value::Bare)
                if self.choice.takes(&word, signature, &format!("{word} = {word}"))? => {}
            _ => self.values.take(argument, signature, USAGE)?,
        }
        Ok(())
    }

    fn most_nanoseconds(&self) -> Option<u64> {
        self.slow.as_ref().map(|slow| slow.value.saturating_mul(1_000_000))
    }

    /// A local that ends the region when dropped, and then looks how long it took.
    fn open(&self) -> TokenStream {
        let (mixed, begun) = (Span::mixed_site(), self.begun("region"));
        let Some(most) = self.most_nanoseconds() else {
            return quote_spanned!(mixed=> let __scope = #begun;);
        };
        let (private, site) = (self.runtime.private(mixed), site::name());
        quote_spanned!(mixed=> let __scope = (#begun, #private::limit(&#site, #most));)
    }

    /// An expression that begins it; the values are looked at where a recorder runs. `function` is the beginning of the name of
    /// the fns that do so.
    fn begun(&self, function: &str) -> TokenStream {
        let mixed = Span::mixed_site();
        let (private, site) = (self.runtime.private(mixed), site::name());
        let [plain, with, unseen] =
            ["", "_with", "_unseen"].map(|end| Ident::new(&format!("{function}{end}"), mixed));
        if self.values.is_empty() {
            return quote_spanned!(mixed=> #private::#plain(&#site));
        }
        let cells = self.values.cells(&self.runtime);
        quote_spanned! {mixed=>
            if #private::is_on() { #private::#with(&#site, (#(#cells,)*)) } else { #private::#unseen(&#site) }
        }
    }
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr, Expr::Lit(ExprLit { lit: Lit::Str(_), .. }))
}
