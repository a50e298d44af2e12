//! SIGNAL HANDLER, as far as [`Site::of`] and [`label_keys`].
//!
//! The record of every use of an attribute in the program.

use std::fmt;

/// One use of an attribute: which one, on which fn, where.
///
/// A site is one text in the link section `hooks_sites`:
///
/// ```text
/// labeled(route,size:bytes) my_crate::orders::list src/orders.rs:12
/// ATTRIBUTE(KEY[:UNIT],..) MODULE::FUNCTION FILE:LINE
/// ```
///
/// and for attributes that take a reason, the reason after a line break.
///
/// ```
/// #[hooks_runtime::labeled(route, size, unit(size = "bytes"))]
/// fn list(route: &str, size: u64) {}
///
/// let site = hooks_runtime::sites().into_iter().find(|site| site.function().ends_with("::list")).unwrap();
/// assert_eq!((site.attribute(), site.arguments()), ("labeled", "route,size:bytes"));
/// assert!(site.file().ends_with(".rs") && site.line() > 0);
/// ```
///
/// Cost: 16 bytes and the text in the program's read-only data for each use; each method searches the text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Site {
    text: &'static str,
}

impl Site {
    pub(crate) fn of(text: &'static str) -> Site {
        Site { text }
    }

    /// `None` for a mark, which is a text without parentheses.
    pub(crate) fn known(text: &'static str) -> Option<Site> {
        text.as_bytes().contains(&b'(').then(|| Site::of(text))
    }

    pub(crate) fn text(self) -> &'static str {
        self.text
    }

    /// The attribute, `"labeled"` for instance.
    pub fn attribute(self) -> &'static str {
        split(self.text, b'(').0
    }

    /// Its arguments: for `labeled` the keys, separated by commas, units after a colon.
    pub fn arguments(self) -> &'static str {
        split(split(self.text, b'(').1, b')').0
    }

    /// Module path and name of the fn. For a method it is the module that the `impl` stands in.
    pub fn function(self) -> &'static str {
        split(self.place(), b' ').0
    }

    /// The file, as the compiler was given it.
    pub fn file(self) -> &'static str {
        split(self.place(), b' ').1.rsplit_once(':').map_or("", |(file, _)| file)
    }

    /// The line of the attribute, from 1.
    pub fn line(self) -> u32 {
        self.head().rsplit_once(':').and_then(|(_, line)| line.parse().ok()).unwrap_or(0)
    }

    /// Why the attribute is there: `reason = ".."`.
    pub fn reason(self) -> Option<&'static str> {
        let reason = split(self.text, b'\n').1;
        (!reason.is_empty()).then_some(reason)
    }

    fn head(self) -> &'static str {
        split(self.text, b'\n').0
    }

    fn place(self) -> &'static str {
        split(self.head(), b')').1.trim_start()
    }
}

/// The text of the site, without the reason.
impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.head())
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Site({:?})", self.text)
    }
}

/// All uses of attributes that are linked into the program, also those whose fns are never called, in no order.
///
/// Linux only; elsewhere the list is empty. A library loaded with `dlopen` that links its own copy of this crate has a
/// list of its own.
///
/// Cost: nothing at start; a call allocates one `Vec`.
///
/// ```
/// #[hooks_runtime::labeled(route)]
/// fn never_called(route: &str) {}
///
/// let sites = hooks_runtime::sites();
/// let site = sites.iter().find(|site| site.function().ends_with("never_called")).unwrap();
/// assert_eq!((site.attribute(), site.arguments()), ("labeled", "route"));
/// ```
pub fn sites() -> Vec<Site> {
    section::texts().iter().filter_map(|text| Site::known(text)).collect()
}

/// The text of each site with its [`address`].
pub(crate) fn placed() -> impl Iterator<Item = (u64, &'static str)> {
    section::texts().iter().map(|text| (address(text), *text))
}

/// Of the static that the text lies in, by which expansions name the site.
pub(crate) fn address(site: &'static &'static str) -> u64 {
    std::ptr::from_ref(site).addr() as u64
}

/// Keys and units of a `labeled` site. Async-signal-safe.
#[inline]
pub(crate) fn label_keys(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut rest = split(split(text, b'(').1, b')').0;
    std::iter::from_fn(move || {
        let (key, after) = split(rest, b',');
        rest = after;
        (!key.is_empty()).then(|| split(key, b':'))
    })
}

/// What is before and after the first `mark`, which is ASCII. Async-signal-safe: `str`'s own searches may panic, as far
/// as the compiler can tell, and panics are not for signal handlers.
#[inline]
fn split(text: &'static str, mark: u8) -> (&'static str, &'static str) {
    let Some(at) = text.bytes().position(|byte| byte == mark) else { return (text, "") };
    (text.get(..at).unwrap_or(""), text.get(at + 1..).unwrap_or(""))
}

#[cfg(kernel)]
mod section {
    /// The linker defines the section's bounds only where the section is: this crate's own entry sees to that.
    #[used]
    #[unsafe(link_section = "hooks_sites")]
    static FIRST: &str = "";

    // Addresses only; what lies there are `&str`s.
    unsafe extern "C" {
        #[link_name = "__start_hooks_sites"]
        static START: usize;
        #[link_name = "__stop_hooks_sites"]
        static STOP: usize;
    }

    pub(super) fn texts() -> &'static [&'static str] {
        std::hint::black_box(&FIRST);
        let (start, stop) = ((&raw const START).cast::<&str>(), (&raw const STOP).cast::<&str>());
        let count = (stop.addr() - start.addr()) / size_of::<&str>();
        // SAFETY: the section holds nothing but `&'static str`s, which the expansions and FIRST put there.
        unsafe { std::slice::from_raw_parts(start, count) }
    }
}

#[cfg(not(kernel))]
mod section {
    pub(super) fn texts() -> &'static [&'static str] {
        &[]
    }
}
