//! Traces and flight recorders, by what they write and say.

mod bounds;
mod ends;
mod load;
mod processes;
mod writer;
