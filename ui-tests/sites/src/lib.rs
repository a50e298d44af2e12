//! Annotated fns of every kind, none of them ever called: what `hooks_runtime::sites` has to list all the same.

use hooks_runtime::labeled;

/// Says nothing; a program that names it has this crate linked into it.
pub const LINKED: () = ();

/// Public and not called.
#[labeled(route, size = 1, unit(size = "bytes"))]
pub fn public(route: &str) -> usize {
    route.len()
}

#[labeled(case = "private")]
#[allow(dead_code)]
fn private() {}

/// Not called, so not compiled at all.
#[labeled(shown = %value)]
pub fn generic<T: std::fmt::Display>(value: T) -> T {
    value
}

/// Asynchronous.
#[labeled(id)]
pub async fn later<T>(id: u32, value: T) -> T {
    let _ = id;
    value
}

/// Inlined into its callers.
#[labeled(case = "inline")]
#[allow(clippy::inline_always, reason = "the case is about it")]
#[inline(always)]
pub fn inlined() {}

/// A trait that nobody implements.
pub trait Unimplemented {
    /// A default body.
    #[labeled(case = "default")]
    fn default_method(&self) {}
}

/// With an annotated method.
pub struct Owner;

impl Owner {
    /// A method.
    #[labeled(of)]
    pub fn method(&self, of: u8) -> u8 {
        of
    }
}

pub mod inner {
    //! A module, and a fn in a fn.

    /// Two attributes are two sites.
    #[hooks_runtime::labeled(top = 1)]
    #[hooks_runtime::labeled(bottom = 2)]
    pub fn stacked() {
        #[hooks_runtime::labeled(case = "nested")]
        #[allow(dead_code)]
        fn nested() {}
    }
}

macro_rules! written_by_a_macro {
    ($name:ident) => {
        /// Written by a macro.
        #[labeled(case = "macro")]
        pub fn $name() {}
    };
}
written_by_a_macro!(written);
