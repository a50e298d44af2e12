//! An argument is about to be written.

#[hooks_runtime::labeled(route)]
pub fn half_type(route: &str, size: ) -> usize { // also true: no label without a signature
    route.len()
}

pub fn after() -> u32 {
    "a number"
}
