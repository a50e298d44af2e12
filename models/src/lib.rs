//! What is lock-free in hooks-service and leans on nothing else there: its models are compiled without it. Those of
//! hooks-runtime are in its own unit tests.

#[cfg(all(test, loom))]
#[expect(dead_code, reason = "models push and pop, and ask for no more")]
#[path = "../../hooks-service/src/sampling/engine/ring.rs"]
mod ring;
