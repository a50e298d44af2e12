//! A method is about to be named on a line before others.

#[hooks_runtime::labeled(route)]
pub fn sync(route: &str) -> usize {
    let text = String::from(route);
    text.
    let other = 1;
    other
}

#[hooks_runtime::labeled(route)]
pub async fn later(route: &str) -> usize {
    let text = String::from(route);
    text.
    let other = 1;
    other
}
