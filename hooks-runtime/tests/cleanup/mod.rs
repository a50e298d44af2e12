//! `#[cleanup(..)]` and `add_cleanup`.

mod add;
mod background;
mod function;
mod on;
mod structure;
