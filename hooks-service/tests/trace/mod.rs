//! Traces and flight recorders, by what they write and say.

mod after_death;
mod bounds;
mod call;
mod ends;
mod flight;
mod hostile;
mod load;
mod perfetto;
mod processes;
mod sources;
mod writer;
