//! `#[exit_scope]`: flushers at the end of `main`, and a root that `exit_task` ends.
//!
//! ```text
//! Input:   fn f(x: u32) -> u32 { BODY }
//! Output:  fn f(x: u32) -> u32 {
//!              static __SITE ..;
//!              #[cfg(panic = "abort")] needs_unwinding();
//!              exit_scope(__SITE, || -> u32 { BODY })
//!          }
//! ```

use crate::attribute::Attribute;
use crate::faults::Faults;
use crate::function::names::new_name;
use crate::function::{Choice, Coverage, Function, borrow};
use crate::options::advice::unknown_option;
use crate::options::{self, Argument, Runtime, Value};
use crate::site;
use crate::unwinding;
use crate::wrap::{Around, Call, Wrap};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Error, ReturnType, Signature};

const USAGE: &str = "options are `token = name`, `future`, `call`, `crate = ::path`";
const TOKEN: &str = "`token` takes the name that the body knows the `&TaskScope` by: `token = task`";
const TOKEN_TAKEN: &str = "an argument has this name: give the token another one";
const ASYNC_MAIN: &str = "flushers run when the runtime has been shut down: put `#[exit_scope]` below the attribute \
                          that makes `main` a plain fn, `#[tokio::main]` for instance";
const BORROWS: &str =
    "`exit_task` hands the value out from anywhere, so it may not borrow: return an owned value";
const NEVER: &str =
    "this fn never returns, so there is no value to exit with: let it return `()` or another value";
const TRACK_CALLER: &str = "`#[track_caller]` does not reach into the scope: remove one of the two";
const ABORT: &str =
    "`#[exit_scope]` needs unwinding, and this profile has `panic = \"abort\"`: remove one of the two";

/// The arguments, understood.
#[derive(Default)]
pub(crate) struct ExitScope {
    token: Option<Ident>,
    choice: Choice,
    runtime: Runtime,
}

impl Attribute for ExitScope {
    const NAME: &'static str = "exit_scope";
    type Argument = Argument;

    fn validate(arguments: Vec<Argument>, function: &Function, faults: &mut Faults) -> Self {
        options::refuse_duplicates(&arguments, faults);
        let mut options = ExitScope::default();
        for argument in &arguments {
            match (argument.key.name.as_str(), &argument.value) {
                ("token", _) => {
                    options.token = faults.take(new_name(argument, &function.signature, TOKEN, TOKEN_TAKEN));
                }
                ("crate", _) => options.runtime = faults.take(Runtime::of(argument)).unwrap_or_default(),
                ("future" | "call", Value::Bare) => options.choice = Choice::of(argument),
                _ => faults.add(unknown_option(argument, USAGE)),
            }
        }
        options
    }

    fn choice(&self) -> Option<&Choice> {
        Some(&self.choice)
    }

    fn refuse(&self, function: &Function, coverage: Coverage, faults: &mut Faults) {
        faults.take(self.refuse_shape(function, coverage));
    }

    fn site(&self, function: &Function) -> TokenStream {
        let mut site = site::emit(Self::NAME, "", &function.signature.ident);
        if !is_main(&function.signature) {
            site.extend(unwinding::needed(ABORT, &self.runtime));
        }
        site
    }

    fn wrap(&self, function: &mut Function, _coverage: Coverage) -> syn::Result<Wrap> {
        let (mixed, site, is_main) = (Span::mixed_site(), site::name(), is_main(&function.signature));
        let private = self.runtime.private(mixed);
        let scope = Ident::new(if is_main { "exit_scope_main" } else { "exit_scope" }, mixed);
        Ok(Wrap::Call(Call {
            function: quote!(#private::#scope),
            values: site.to_token_stream(),
            more: is_main.then(|| status(&private)),
            first: self.token(function),
            around: Around {
                function: "exit_scope_future",
                values: quote_spanned!(mixed=> &#site),
                runtime: self.runtime.clone(),
                ..Around::default()
            },
        }))
    }
}

impl ExitScope {
    /// `let task = &exit_token::<T>();`
    fn token(&self, function: &Function) -> TokenStream {
        let Some(token) = &self.token else { return TokenStream::new() };
        let (private, ty) = (self.runtime.private(Span::mixed_site()), function.declared_type());
        quote_spanned!(Span::mixed_site()=> let #token = &#private::exit_token::<#ty>();)
    }

    fn refuse_shape(&self, function: &Function, coverage: Coverage) -> syn::Result<()> {
        let signature = &function.signature;
        let is_main = is_main(signature);
        if let (true, Some(asyncness)) = (is_main, &signature.asyncness) {
            return Err(Error::new(asyncness.span, ASYNC_MAIN));
        }
        if let ReturnType::Type(_, ty) = &signature.output {
            if function.never_returns() && (!is_main || self.token.is_some()) {
                return Err(Error::new_spanned(ty, NEVER));
            }
            // The borrows of a future that is written out are not those of its value.
            let is_future = matches!(coverage, Coverage::ReturnedFuture { .. });
            if let Some(borrow) = borrow::find(ty).filter(|_| !is_future) {
                return Err(Error::new_spanned(borrow, BORROWS));
            }
        }
        function.track_caller().map_or(Ok(()), |attribute| Err(Error::new_spanned(attribute, TRACK_CALLER)))
    }
}

/// What the value means to the process; the trait is for types of which that is not known.
fn status(private: &TokenStream) -> TokenStream {
    quote_spanned! {Span::mixed_site()=>
        |__result| {
            #[allow(unused_imports)]
            use #private::UnknownStatus as _;
            #private::Ended(__result).status()
        }
    }
}

/// The program's own: whatever else has this name is a method or takes arguments.
fn is_main(signature: &Signature) -> bool {
    signature.ident == "main" && signature.inputs.is_empty()
}

#[cfg(test)]
#[path = "tests/exit_scope.rs"]
mod tests;
