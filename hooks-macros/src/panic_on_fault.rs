//! `#[panic_on_fault(..)]`: faults in the maps that it names are panics while the fn runs.
//!
//! ```text
//! Input:   fn f(map: &GuardedMap) -> u32 { BODY }
//! Output:  fn f(map: &GuardedMap) -> u32 {
//!              #[cfg(panic = "abort")] compile_error!(..);
//!              static __SITE ..;
//!              let __maps = panic_on_fault([&map]);
//!              let __scope = __maps.enter();
//!              let __result: u32 = { let _ = (); BODY };
//!              __result
//!          }
//! ```

use crate::advice::unknown_option;
use crate::args::{self, Argument};
use crate::asyncness::{self, Asked, Coverage};
use crate::fallback::Faults;
use crate::function::{Around, Function, Pair, ours_at};
use crate::names::mentioned_names;
use crate::runtime::Runtime;
use crate::tokens::is_mark;
use crate::{patterns, site};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Error, Expr, Signature, Token};

const USAGE: &str = "maps are `map` or `self.map`, whose faults are panics in this fn; \
                     options are `future`, `call`, `crate = ::path`";
const MODE: &str = "a map is a slice where the body asks for it: `map.with_slice(|bytes| ..)`";
const ABORTS: &str = "with `panic = \"abort\"` a fault cannot become a panic that runs destructors: look at the `Result`s \
                      of the map instead, or build with `panic = \"unwind\"`";

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let mut faults = Faults::default();
    let written = args::parse_list(arguments, &mut faults);
    let function = faults.take(syn::parse2::<Function>(item));
    let Some(function) = function else { return Err(faults.into_result().expect_err("no fn was parsed")) };
    let attribute = PanicOnFault::validate(written, &mut faults);
    faults.take(function.refuse_const());
    let coverage = faults.take(asyncness::coverage(&function, &attribute.asked)).unwrap_or(Coverage::Call);
    if attribute.maps.is_empty() && faults.is_empty() {
        faults.add(Error::new(Span::call_site(), format!("`#[panic_on_fault(..)]` needs a map; {USAGE}")));
    }
    faults.into_result()?;
    let pair = attribute.pair(&function.signature, coverage);
    Ok(function.expand(&pair, coverage))
}

/// One argument of the attribute, as written.
enum Written {
    Crate(Argument),
    Word(Ident),
    Map(Box<Expr>),
}

impl Parse for Written {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.peek(Token![crate]) && input.peek2(Token![=]) {
            return Ok(Written::Crate(input.parse()?));
        }
        let ahead = input.fork();
        if let Ok(word) = ahead.call(Ident::parse_any) {
            let is_option = word == "future" || word == "call";
            if is_option && (ahead.is_empty() || ahead.peek(Token![,])) {
                return input.call(Ident::parse_any).map(Written::Word);
            }
            if word == "mut" {
                return Err(Error::new(
                    word.span(),
                    "a map is shared, and written through `write_at`: write its name alone",
                ));
            }
            if ahead.peek(Token![=]) && word == "mode" {
                return Err(Error::new(word.span(), MODE));
            }
            if ahead.peek(Token![=]) {
                return Err(unknown_option(&input.parse()?, USAGE));
            }
        }
        let map: Expr = input.parse()?;
        if matches!(map, Expr::Lit(_)) {
            return Err(Error::new_spanned(map, format!("this is no map; {USAGE}")));
        }
        Ok(Written::Map(Box::new(map)))
    }
}

/// The arguments, understood.
struct PanicOnFault {
    maps: Vec<Expr>,
    asked: Asked,
    runtime: Runtime,
}

impl PanicOnFault {
    fn validate(written: Vec<Written>, faults: &mut Faults) -> Self {
        let mut attribute =
            PanicOnFault { maps: Vec::new(), asked: Asked::Nothing, runtime: Runtime::default() };
        for written in written {
            match written {
                Written::Crate(argument) => {
                    attribute.runtime = faults.take(Runtime::of(&argument)).unwrap_or_default();
                }
                Written::Word(word) if word == "future" => attribute.asked = Asked::Future(word),
                Written::Word(word) => attribute.asked = Asked::Call(word),
                Written::Map(map) => faults.take(attribute.add(*map)).unwrap_or_default(),
            }
        }
        attribute
    }

    fn add(&mut self, map: Expr) -> syn::Result<()> {
        let text = map.to_token_stream().to_string();
        if self.maps.iter().any(|earlier| earlier.to_token_stream().to_string() == text) {
            return Err(Error::new(map.span(), format!("`{}` is given twice: keep one", name(&map))));
        }
        self.maps.push(map);
        Ok(())
    }

    fn pair(&self, signature: &Signature, coverage: Coverage) -> Pair {
        let mixed = Span::mixed_site();
        let names: Vec<_> = self.maps.iter().map(name).collect();
        let record = site::emit("panic_on_fault", &names.join(","), &signature.ident);
        let maps = self.statement();
        let expressions = &self.maps;
        let uses = mentioned_names(quote!(#(#expressions)*));
        let patterns =
            (coverage == Coverage::Polls { keep_async: false }).then(|| patterns::open(signature, &uses));
        let private = self.runtime.private(mixed);
        Pair {
            site: quote_spanned!(mixed=> #[cfg(panic = "abort")] ::core::compile_error!(#ABORTS); #record),
            open: quote_spanned!(mixed=> #maps let __scope = __maps.enter();),
            uses,
            around: Around {
                prepare: quote!(#patterns #maps),
                function: quote_spanned!(mixed=> #private::panic_on_fault_future),
                values: quote_spanned!(mixed=> __maps),
            },
        }
    }

    /// What is no map is reported where the user wrote it.
    fn statement(&self) -> TokenStream {
        let private = self.runtime.private(Span::mixed_site());
        let maps = self.maps.iter().map(|map| quote_spanned!(ours_at(map.span())=> &#map));
        quote_spanned!(Span::mixed_site()=> let __maps = #private::panic_on_fault([#(#maps),*]);)
    }
}

/// `self.map`, as the site says it: without what is in parentheses, which would end its list of arguments.
fn name(map: &Expr) -> String {
    let mut name = String::new();
    for token in map.to_token_stream() {
        if !matches!(token, TokenTree::Group(_)) && !is_mark(Some(&token), ',') {
            name.push_str(&token.to_string());
        }
    }
    name
}

#[cfg(test)]
#[path = "tests/panic_on_fault.rs"]
mod tests;
