//! `#[task]`: the fn is a task of the execution trace, with a track of its own.
//!
//! ```text
//! Input:   async fn f(x: u32) -> u32 { BODY }
//! Output:  fn f(x: u32) -> impl Future<Output = u32> {
//!              static __SITE ..;
//!              task_future(&__SITE, async move { let x = x; '__task: { BODY } })
//!          }
//! ```

use crate::attribute::Attribute;
use crate::faults::Faults;
use crate::function::{Choice, Coverage, Function};
use crate::options::advice::unknown_option;
use crate::options::leading::{self, Leading};
use crate::options::name::Name;
use crate::options::{self, Runtime, Value};
use crate::site;
use crate::wrap::{Around, Guard, Wrap};
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

const USAGE: &str = "the name comes first: `\"checkout\"`; labels in force are shown with the task: put `#[labeled(..)]` below; \
                     options are `future`, `call`, `crate = ::path`";
const NAME: &str = "the name comes first, and once: `#[task(\"checkout\", ..)]`";

/// The arguments, understood.
#[derive(Default)]
pub(crate) struct Task {
    name: Option<Name>,
    choice: Choice,
    runtime: Runtime,
}

impl Attribute for Task {
    const NAME: &'static str = "task";
    const BY_HAND: Option<[&'static str; 2]> = Some([
        "where a trait gives the type, make a task of the future: `trace::task(\"name\", future)`",
        "or make a task of the future that reads it: `trace::task(\"name\", future)`",
    ]);
    type Argument = Leading<Name>;

    fn validate(arguments: Vec<Leading<Name>>, _function: &Function, faults: &mut Faults) -> Self {
        let (name, arguments) = leading::taken(arguments, NAME, faults);
        options::refuse_duplicates(&arguments, faults);
        let mut task = Task { name, ..Task::default() };
        for argument in &arguments {
            match (argument.key.name.as_str(), &argument.value) {
                ("crate", _) => task.runtime = faults.take(Runtime::of(argument)).unwrap_or_default(),
                ("future" | "call", Value::Bare) => task.choice = Choice::of(argument),
                _ => faults.add(unknown_option(argument, USAGE)),
            }
        }
        task
    }

    fn choice(&self) -> Option<&Choice> {
        Some(&self.choice)
    }

    fn site(&self, function: &Function) -> TokenStream {
        let name = self.name.as_ref().map(Name::listed);
        site::emit(Self::NAME, &site::listed(&[name]), &function.signature.ident)
    }

    fn wrap(&self, _function: &mut Function, _coverage: Coverage) -> syn::Result<Wrap> {
        let (mixed, site) = (Span::mixed_site(), site::name());
        let private = self.runtime.private(mixed);
        Ok(Wrap::Guard(Guard {
            open: quote_spanned!(mixed=> let __scope = #private::task(&#site);),
            around: Around {
                function: "task_future",
                values: quote_spanned!(mixed=> &#site),
                runtime: self.runtime.clone(),
                ..Around::default()
            },
        }))
    }
}
