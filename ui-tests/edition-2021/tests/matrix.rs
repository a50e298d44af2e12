//! The edge matrix in this crate's edition.

#[path = "../../fixtures/labels.rs"]
mod labels;
#[path = "../../fixtures/probe.rs"]
mod probe;
#[path = "../../fixtures/scopes.rs"]
mod scopes;
#[path = "../../fixtures/twins.rs"]
mod twins;

const EDITION: u32 = 2021;
