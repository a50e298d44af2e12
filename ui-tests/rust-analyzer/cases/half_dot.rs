//! A method is about to be named.

#[hooks_runtime::labeled(route)]
pub fn sync(route: &str) -> usize {
    let text = String::from(route);
    text.
}

#[hooks_runtime::labeled(route)]
pub async fn later(route: &str) -> usize {
    let text = String::from(route);
    text.
}

pub fn after() -> u32 {
    "a number"
}
