//! An example service.
fn main() {}
