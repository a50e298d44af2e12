//! Where something comes from.

use crate::sites::Site;
use std::fmt;
use std::panic::Location;

/// Where something comes from: an attribute, or a call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Origin {
    /// `#[cleanup(..)]` or, of what was left behind on a thread, `#[lock_os_thread]`.
    Attribute(Site),
    /// A call of [`add_cleanup`](crate::cleanup::add_cleanup) or [`background::run`](crate::cleanup::background::run).
    Call(&'static Location<'static>),
}

impl Origin {
    pub(crate) fn of(site: &'static str) -> Self {
        Origin::Attribute(Site::of(site))
    }

    /// The file, as the compiler was given it.
    pub fn file(self) -> &'static str {
        match self {
            Origin::Attribute(site) => site.file(),
            Origin::Call(place) => place.file(),
        }
    }

    /// The line, from 1.
    pub fn line(self) -> u32 {
        match self {
            Origin::Attribute(site) => site.line(),
            Origin::Call(place) => place.line(),
        }
    }
}

/// The text of the site, or `file:line:column` of the call.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Attribute(site) => site.fmt(f),
            Origin::Call(place) => place.fmt(f),
        }
    }
}
