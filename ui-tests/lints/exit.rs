//@hook exit_scope
fn never_called(x: u32) -> u32 {
    x + 1
}

//@hook exit_scope
pub fn unused_variable(x: u32, y: u32) -> u32 {
    let z = y;
    y
}

//@hook exit_scope
pub fn unused_mut(mut x: u32) -> u32 {
    let mut y = x;
    y
}

//@hook exit_scope
pub fn unreachable(x: u32) -> u32 {
    return x;
    x + 1
}

//@hook exit_scope
pub fn diverges(x: u32) -> u32 {
    todo!("{x}")
}

//@hook exit_scope
pub fn braces(x: u32) -> u32 {
    (x + 1)
}

//@hook exit_scope
pub fn unused_result(x: &str) {
    x.parse::<u32>();
}

//@hook exit_scope
pub fn items_after_statements(x: u32) -> u32 {
    let y = x;
    const ONE: u32 = 1;
    y + ONE
}

//@hook exit_scope
pub fn unwraps(x: Option<u32>) -> u32 {
    x.unwrap()
}

//@hook exit_scope
pub async fn unused_async(x: u32) -> u32 {
    x
}

//@hook exit_scope
pub async fn unused_in_async(x: u32, y: u32) -> u32 {
    std::future::ready(()).await;
    let z = y;
    return y;
}

//@hook at_exit(order = 1, timeout = "2s")
pub fn flush() {
    let unused = 1;
}

//@hook at_exit
pub fn flush_that_fails() -> Result<(), std::num::ParseIntError> {
    let y = "1".parse::<u32>()?;
    return Ok(());
}
