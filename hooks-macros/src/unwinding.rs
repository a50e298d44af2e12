//! What cannot be where a panic aborts. The program chooses that, so it is refused there; a library that is used by such a
//! program compiles, and whoever writes it is warned.

use crate::options::Runtime;
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

/// Emitted where `panic = "abort"` takes from an attribute what it is for.
pub(crate) fn needed(refusal: &str, runtime: &Runtime) -> TokenStream {
    of(is_program(), refusal, runtime)
}

/// Cargo says so, of binaries and examples.
fn is_program() -> bool {
    std::env::var_os("CARGO_BIN_NAME").is_some()
}

fn of(is_program: bool, refusal: &str, runtime: &Runtime) -> TokenStream {
    let place = Span::call_site();
    if is_program {
        return quote_spanned!(place=> #[cfg(panic = "abort")] ::core::compile_error!(#refusal););
    }
    // A call of what is deprecated is the one warning that a macro can have the compiler say.
    let private = runtime.private(place);
    quote_spanned!(place=> #[cfg(panic = "abort")] #private::needs_unwinding();)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_refused_and_a_library_warned() {
        let emitted = |is_program| of(is_program, "no unwinding", &Runtime::default()).to_string();
        assert!(emitted(true).ends_with(":: core :: compile_error ! (\"no unwinding\") ;"));
        assert!(emitted(false).ends_with(":: hooks_runtime :: __private :: needs_unwinding () ;"));
        assert!(!is_program(), "this is the library");
    }
}
