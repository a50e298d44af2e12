//! What is lock-free in hooks-service and leans on nothing else there: its models are compiled without it. Those of
//! hooks-runtime are in its own unit tests.

#[cfg(all(test, loom))]
#[path = "../../hooks-service/src/sampling/engine/ring.rs"]
mod ring;
