#![deny(warnings)]
//! Shapes that an expansion could make a warning of.

use std::future::{Future, ready};

//@hook labeled(x)
pub fn one_expression(x: u32) -> u32 { x }

//@hook labeled(x)
pub fn diverges(x: u32) -> u32 {
    todo!("{x}")
}

//@hook labeled(x)
pub async fn diverges_async(x: u32) -> u32 {
    todo!("{x}")
}

//@hook labeled(k = "v", future)
pub fn diverges_boxed(x: Result<u32, u8>) -> std::pin::Pin<Box<dyn Future<Output = u32>>> {
    todo!("{x:?}")
}

//@hook labeled(k = "v", future)
pub fn diverges_boxed_by_a_call(x: Result<u32, u8>) -> std::pin::Pin<Box<dyn Future<Output = u32>>> {
    std::panic::panic_any(x)
}

//@hook labeled(x)
pub fn loops(x: u32) -> u32 {
    loop {
        if x > 1 {
            return x;
        }
    }
}

//@hook labeled(x)
pub async fn loops_async(x: u32) -> u32 {
    loop {
        if ready(x).await > 1 {
            return x;
        }
    }
}

//@hook labeled(x)
pub fn never(x: u32) -> ! {
    panic!("{x}")
}

//@hook labeled(x)
pub async fn never_async(x: u32) -> ! {
    loop {
        ready(x).await;
    }
}

//@hook labeled(k = "v")
pub fn unit() {}

//@hook labeled(k = "v")
pub async fn unit_async() {}

//@hook labeled(k = "v")
pub async fn unit_expression_async() { unit_async().await }

//@hook labeled(x, future)
pub fn by_hand(x: u32) -> impl Future<Output = u32> {
    async move { x }
}

//@hook labeled(x, future)
pub fn by_hand_in_one_line(x: u32) -> impl Future<Output = u32> { async move { x } }

//@hook labeled(x)
pub async fn borrows<'a>(x: &'a str, _y: &str) -> Result<&'a str, ()> {
    if x.is_empty() {
        return Err(());
    }
    Ok(ready(x).await)
}

/// Both are taken apart outside of the future, one in the guard of the other.
//@hook labeled(x = x + 1, y)
pub async fn parts_of_two((x, _): (u32, u32), [y, _]: [u32; 2]) -> u32 { x + y }

//@hook labeled(k = "v")
#[hooks_runtime::cleanup(note_of(log))]
pub async fn used_by_the_next(log: &'static str) {
    ready(()).await;
}

//@hook labeled(k = "v")
#[hooks_runtime::labeled(label)]
pub async fn used_by_the_next_label(label: u32) {
    ready(()).await;
}

//@hook labeled(x)
pub fn unused_as_expected(#[expect(unused_variables)] x: u32) {}

//@hook labeled(x)
pub async fn unused_as_expected_async(#[expect(unused_variables)] x: u32) {
    ready(()).await;
}

/// With a body that is a default.
pub trait Later {
    //@hook labeled(x)
    #[expect(async_fn_in_trait)]
    async fn later(&self, x: u32) -> u32 { x }
}

/// What cleanups call.
pub fn note() {}

/// One that takes an argument.
pub fn note_of(_: &str) {}

/// What `panic_on_fault` names.
pub fn map() -> &'static hooks_runtime::fault::GuardedMap {
    static MAP: std::sync::OnceLock<hooks_runtime::fault::GuardedMap> = std::sync::OnceLock::new();
    MAP.get_or_init(|| hooks_runtime::fault::GuardedMap::map_anon(1).expect("memory"))
}
