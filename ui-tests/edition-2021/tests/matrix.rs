//! The edge matrix in this crate's edition.

#[path = "../../fixtures/labels.rs"]
mod labels;
#[path = "../../fixtures/probe.rs"]
mod probe;
#[path = "../../fixtures/scopes.rs"]
mod scopes;

#[macro_use]
#[path = "../../fixtures/twins.rs"]
mod twins;

twins!(older_editions in "../../fixtures/older_editions.rs": reserved_words);

use probe::{map, note};

const EDITION: u32 = 2021;
