//! `#[capture("slow.pftrace")]` of `hooks-service`: a trace of a call, in a file. No row of the table, since it is the
//! application's and not a library's: a pair that is there once in a process.
//!
//! ```text
//! Input:   fn f() { BODY }
//! Output:  fn f() {
//!              let __scope = ::hooks_service::__private::capture("slow.pftrace", 30000u64);
//!              '__capture: { BODY }
//!          }
//! ```
//!
//! An `async fn` stays one, and the local is a part of its future: from the first poll until it ends or is dropped.

use crate::attribute::Attribute;
use crate::faults::Faults;
use crate::function::{Coverage, Function};
use crate::options::advice::unknown_option;
use crate::options::duration::Milliseconds;
use crate::options::leading::{self, Leading};
use crate::options::{self, Runtime};
use crate::wrap::{Before, Wrap};
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{Error, LitStr};

const USAGE: &str = "options are `interval = \"30s\"`, `crate = ::path`";
const PATH: &str = "the file comes first: `#[capture(\"slow.pftrace\")]`";
const DEFAULT_INTERVAL: u64 = 30_000;

/// The arguments, understood.
pub(crate) struct Capture {
    path: Option<LitStr>,
    interval: u64,
    runtime: Runtime,
}

impl Attribute for Capture {
    const NAME: &'static str = "capture";
    type Argument = Leading<LitStr>;

    fn validate(arguments: Vec<Leading<LitStr>>, _function: &Function, faults: &mut Faults) -> Self {
        let (path, others) = leading::taken(arguments, PATH, faults);
        if let Some(path) = path.as_ref().filter(|path| path.value().trim().is_empty()) {
            faults.add(Error::new(path.span(), PATH));
        }
        let mut capture = Capture { path, interval: DEFAULT_INTERVAL, runtime: Runtime::default() };
        options::refuse_duplicates(&others, faults);
        for argument in others {
            match argument.key.name.as_str() {
                "interval" => {
                    let interval = faults.take(Milliseconds::of(&argument));
                    capture.interval = interval.map_or(DEFAULT_INTERVAL, |interval| interval.value);
                }
                "crate" => capture.runtime = faults.take(Runtime::of(&argument)).unwrap_or_default(),
                _ => faults.add(unknown_option(&argument, USAGE)),
            }
        }
        capture
    }

    fn refuse(&self, _function: &Function, _coverage: Coverage, faults: &mut Faults) {
        if self.path.is_none() {
            faults.add(Error::new(Span::call_site(), PATH));
        }
    }

    fn site(&self, _function: &Function) -> TokenStream {
        TokenStream::new()
    }

    fn wrap(&self, _function: &mut Function, _coverage: Coverage) -> syn::Result<Wrap> {
        let mixed = Span::mixed_site();
        let default = quote_spanned!(mixed=> ::hooks_service);
        let (private, path, interval) = (self.runtime.private_or(&default, mixed), &self.path, self.interval);
        let statements = quote_spanned!(mixed=> let __scope = #private::capture(#path, #interval););
        Ok(Wrap::Before(Before { statements, apart: true }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn expanded(arguments: TokenStream, item: TokenStream) -> Result<String, String> {
        Capture::expand(arguments, item).map(|it| it.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_file_and_the_interval_are_handed_on() {
        let sync = expanded(
            quote!("slow.pftrace"),
            quote!(
                fn f(x: u32) -> u32 {
                    x + 1
                }
            ),
        )
        .unwrap();
        let call = ":: hooks_service :: __private :: capture (\"slow.pftrace\" , 30000u64)";
        assert_eq!(
            sync,
            format!("fn f (x : u32) -> u32 {{ let __scope = {call} ; '__capture : {{ x + 1 }} }}")
        );
        let arguments = quote!("a b, (c)", interval = "2m", crate = ::facade::service);
        let asynchronous = expanded(
            arguments,
            quote!(
                async fn f() {
                    g().await
                }
            ),
        )
        .unwrap();
        let call = ":: facade :: service :: __private :: capture (\"a b, (c)\" , 120000u64)";
        assert_eq!(
            asynchronous,
            format!("async fn f () {{ let __scope = {call} ; '__capture : {{ g () . await }} }}")
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        let item = || {
            quote!(
                fn f() {}
            )
        };
        for (arguments, error) in [
            (quote!(), PATH),
            (quote!(""), PATH),
            (quote!(interval = "1s", "late.pftrace"), PATH),
            (quote!("a", interval = 3), "`interval` takes a whole number and a unit"),
            (quote!("a", intervall = "3s"), "`interval`"),
        ] {
            let said = expanded(arguments.clone(), item()).unwrap_err();
            assert!(said.contains(error), "{arguments}: {said}");
        }
        let refused = expanded(
            quote!("a"),
            quote!(
                const fn f() {}
            ),
        )
        .unwrap_err();
        assert!(refused.contains("const"), "{refused}");
    }
}
