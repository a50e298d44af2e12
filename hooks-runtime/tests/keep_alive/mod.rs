//! `#[keep_alive]` and leases.

mod leases;
mod shapes;
