//! The edge matrix in this crate's edition.

#[path = "../../fixtures/labels.rs"]
mod labels;
#[path = "../../fixtures/probe.rs"]
mod probe;
#[path = "../../fixtures/scopes.rs"]
mod scopes;

#[path = "../../fixtures/twins.rs"]
mod twins;

use probe::{map, note};

const EDITION: u32 = 2024;
