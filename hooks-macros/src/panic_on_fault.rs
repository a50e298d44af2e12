//! `#[panic_on_fault(..)]`: faults in the maps that it names are panics while the fn runs.
//!
//! ```text
//! Input:   fn f(map: &GuardedMap) -> u32 { BODY }
//! Output:  fn f(map: &GuardedMap) -> u32 {
//!              static __SITE ..;
//!              #[cfg(panic = "abort")] needs_unwinding();
//!              {
//!                  let __maps = panic_on_fault([&map]);
//!                  let __scope = __maps.enter();
//!                  '__panic_on_fault: { BODY }
//!              }
//!          }
//! ```

use crate::attribute::Attribute;
use crate::faults::Faults;
use crate::function::names::mentioned_names;
use crate::function::{Choice, Coverage, Function, arguments};
use crate::options::advice::unknown_option;
use crate::options::{Argument, Runtime};
use crate::site;
use crate::tokens::{is_mark, ours_at};
use crate::unwinding;
use crate::wrap::{Around, Guard, Wrap};
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

/// One argument of the attribute, as written.
pub(crate) enum MapArgument {
    Crate(Argument),
    Word(Ident),
    Map(Box<Expr>),
}

impl Parse for MapArgument {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.peek(Token![crate]) && input.peek2(Token![=]) {
            return Ok(MapArgument::Crate(input.parse()?));
        }
        let ahead = input.fork();
        if let Ok(word) = ahead.call(Ident::parse_any) {
            let is_option = word == "future" || word == "call";
            if is_option && (ahead.is_empty() || ahead.peek(Token![,])) {
                return input.call(Ident::parse_any).map(MapArgument::Word);
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
        Ok(MapArgument::Map(Box::new(map)))
    }
}

/// The arguments, understood.
pub(crate) struct PanicOnFault {
    maps: Vec<Expr>,
    choice: Choice,
    runtime: Runtime,
}

impl Attribute for PanicOnFault {
    const NAME: &'static str = "panic_on_fault";
    type Argument = MapArgument;

    fn validate(arguments: Vec<MapArgument>, function: &Function, faults: &mut Faults) -> Self {
        let mut attribute =
            PanicOnFault { maps: Vec::new(), choice: Choice::Nothing, runtime: Runtime::default() };
        for argument in arguments {
            match argument {
                MapArgument::Crate(argument) => {
                    attribute.runtime = faults.take(Runtime::of(&argument)).unwrap_or_default();
                }
                MapArgument::Word(word) => {
                    faults.take(attribute.understand(&word, &function.signature));
                }
                MapArgument::Map(map) => faults.take(attribute.add(*map)).unwrap_or_default(),
            }
        }
        attribute
    }

    fn choice(&self) -> Option<&Choice> {
        Some(&self.choice)
    }

    fn refuse(&self, _function: &Function, _coverage: Coverage, faults: &mut Faults) {
        if self.maps.is_empty() && faults.is_empty() {
            faults
                .add(Error::new(Span::call_site(), format!("`#[panic_on_fault(..)]` needs a map; {USAGE}")));
        }
    }

    fn site(&self, function: &Function) -> TokenStream {
        let names: Vec<_> = self.maps.iter().map(name).collect();
        let mut site = site::emit(Self::NAME, &names.join(","), &function.signature.ident);
        site.extend(unwinding::needed(ABORTS, &self.runtime));
        site
    }

    fn wrap(&self, function: &mut Function, coverage: Coverage) -> syn::Result<Wrap> {
        let (mixed, mut values, expressions) = (Span::mixed_site(), self.values(), &self.maps);
        let site = site::name();
        let uses = mentioned_names(quote!(#(#expressions)*));
        let mut allow = None;
        if coverage == (Coverage::Polls { keep_async: false }) {
            (allow, values) = arguments::with_parts(&function.signature, &uses, values);
        }
        let maps = quote_spanned!(mixed=> #allow let __maps = #values;);
        Ok(Wrap::Guard(Guard {
            open: quote_spanned!(mixed=> #maps let __scope = __maps.enter();),
            around: Around {
                prepare: maps,
                function: "panic_on_fault_future",
                values: quote_spanned!(mixed=> &#site, __maps),
                uses,
                runtime: self.runtime.clone(),
            },
        }))
    }
}

impl PanicOnFault {
    /// `future` and `call`: an option, or an argument of this name.
    fn understand(&mut self, word: &Ident, signature: &Signature) -> syn::Result<()> {
        let is_option = self.choice.takes(word, signature, &format!("({word})"))?;
        if is_option { Ok(()) } else { self.add(syn::parse_quote!(#word)) }
    }

    fn add(&mut self, map: Expr) -> syn::Result<()> {
        let text = map.to_token_stream().to_string();
        if self.maps.iter().any(|earlier| earlier.to_token_stream().to_string() == text) {
            return Err(Error::new(map.span(), format!("`{}` is given twice: keep one", name(&map))));
        }
        self.maps.push(map);
        Ok(())
    }

    /// What is no map is reported where the user wrote it.
    fn values(&self) -> TokenStream {
        let private = self.runtime.private(Span::mixed_site());
        let maps = self.maps.iter().map(|map| quote_spanned!(ours_at(map.span())=> &#map));
        quote_spanned!(Span::mixed_site()=> #private::panic_on_fault([#(#maps),*]))
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
