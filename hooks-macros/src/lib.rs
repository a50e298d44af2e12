//! Attributes of the hooks project.
#![forbid(unsafe_code)]
