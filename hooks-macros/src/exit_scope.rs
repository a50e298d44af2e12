//! `#[exit_scope]`: flushers at the end of `main`, and a root that `exit_task` ends.

use crate::advice::unknown_option;
use crate::args::{self, Argument, Value};
use crate::asyncness::{self, Asked, Coverage};
use crate::borrowed;
use crate::fallback::Faults;
use crate::function::{Around, Called, Function, Pair};
use crate::names::new_name;
use crate::runtime::Runtime;
use crate::site;
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

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let mut faults = Faults::default();
    let arguments = args::parse(arguments, &mut faults);
    let function = faults.take(syn::parse2::<Function>(item));
    let Some(mut function) = function else {
        return Err(faults.into_result().expect_err("no fn was parsed"));
    };
    let options = Options::validate(&arguments, &function.signature, &mut faults);
    faults.take(function.refuse_const());
    let coverage = faults.take(asyncness::coverage(&function, &options.asked)).unwrap_or(Coverage::Call);
    faults.take(refuse_shape(&function, &options, coverage));
    faults.into_result()?;
    options.add_token(&mut function);
    Ok(options.emit(function, coverage))
}

#[derive(Default)]
struct Options {
    token: Option<Ident>,
    asked: Asked,
    runtime: Runtime,
}

impl Options {
    fn validate(arguments: &[Argument], signature: &Signature, faults: &mut Faults) -> Self {
        args::refuse_duplicates(arguments, faults);
        let mut options = Options::default();
        for argument in arguments {
            match (argument.key.name.as_str(), &argument.value) {
                ("token", _) => {
                    options.token = faults.take(new_name(argument, signature, TOKEN, TOKEN_TAKEN));
                }
                ("crate", _) => options.runtime = faults.take(Runtime::of(argument)).unwrap_or_default(),
                ("future" | "call", Value::Bare) => options.asked = Asked::of(argument),
                _ => faults.add(unknown_option(argument, USAGE)),
            }
        }
        options
    }

    /// `let task = &exit_token::<T>();` in front of the body.
    fn add_token(&self, function: &mut Function) {
        let Some(token) = &self.token else { return };
        let (mixed, body) = (Span::mixed_site(), function.body.clone());
        // After a statement of ours the user's items would be items after statements, and lints say so.
        let body = function.followed(body);
        let (private, ty) = (self.runtime.private(mixed), function.declared_type());
        function.body = quote_spanned!(mixed=> let #token = &#private::exit_token::<#ty>(); #body);
    }

    fn emit(&self, function: Function, coverage: Coverage) -> TokenStream {
        let (mixed, site_name) = (Span::mixed_site(), site::name());
        let private = self.runtime.private(mixed);
        let is_main = is_main(&function.signature);
        let mut site = site::emit("exit_scope", "", &function.signature.ident);
        if !is_main {
            site.extend(quote_spanned!(Span::call_site()=>
                #[cfg(panic = "abort")]
                ::core::compile_error!(#ABORT);));
        }
        if coverage == Coverage::Call {
            let scope = Ident::new(if is_main { "exit_scope_main" } else { "exit_scope" }, mixed);
            let called = Called {
                function: quote!(#private::#scope),
                values: site_name.to_token_stream(),
                more: is_main.then(|| status(&private)),
            };
            return function.expand_called(&site, &called);
        }
        let around = Around {
            prepare: TokenStream::new(),
            function: quote!(#private::exit_scope_future),
            values: site_name.to_token_stream(),
        };
        let pair = Pair { site, open: TokenStream::new(), uses: Vec::new(), around };
        function.expand(&pair, coverage)
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

fn refuse_shape(function: &Function, options: &Options, coverage: Coverage) -> syn::Result<()> {
    let signature = &function.signature;
    let is_main = is_main(signature);
    if let (true, Some(asyncness)) = (is_main, &signature.asyncness) {
        return Err(Error::new(asyncness.span, ASYNC_MAIN));
    }
    if let ReturnType::Type(_, ty) = &signature.output {
        if function.never_returns() && (!is_main || options.token.is_some()) {
            return Err(Error::new_spanned(ty, NEVER));
        }
        // The borrows of a future that is written out are not those of its value.
        let is_future = matches!(coverage, Coverage::ReturnedFuture { .. });
        if let Some(borrow) = borrowed::find(ty).filter(|_| !is_future) {
            return Err(Error::new_spanned(borrow, BORROWS));
        }
    }
    function.track_caller().map_or(Ok(()), |attribute| Err(Error::new_spanned(attribute, TRACK_CALLER)))
}

#[cfg(test)]
#[path = "tests/exit_scope.rs"]
mod tests;
