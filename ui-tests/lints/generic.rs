use std::borrow::Cow;
use std::fmt::{Debug, Display};
use std::marker::PhantomData;

//@hook labeled(k = "v")
pub fn value<T: Clone>(x: T, unused: u32) -> T {
    let y = x.clone();
    y
}

//@hook labeled(k = ?x)
pub fn bounded<T>(x: &T) -> String
where
    T: Debug,
    T: Debug,
{
    format!("{:?}", x)
}

//@hook labeled(k = %x)
pub fn displayed<T: Display + ?Sized>(x: &T) {
    println!("{}", x)
}

//@hook labeled(k = N)
pub fn constant<const N: usize>(x: [u8; N]) -> usize {
    x.len()
}

//@hook labeled(x)
pub fn one_use<'a, 'b>(x: &'a str, y: &'b str) -> &'a str {
    x
}

//@hook labeled(x)
pub fn unused_lifetime<'a>(x: u32) -> u32 {
    x
}

//@hook labeled(x)
pub fn unused_type<T>(x: u32) -> u32 {
    x
}

//@hook labeled(k = "v")
pub fn argument(x: impl Into<String>, y: impl Fn(u32) -> u32) -> String {
    x.into()
}

//@hook labeled(k = "v")
pub fn iterator<'a>(x: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
    x.iter().map(|y| *y)
}

//@hook labeled(k = "v")
pub fn nested(x: &[u32]) -> Result<impl Iterator<Item = u32> + '_, String> {
    Ok(x.iter().cloned())
}

//@hook labeled(x)
pub fn cow(x: &str) -> Cow<str> {
    Cow::Borrowed(x)
}

//@hook labeled(k = "v")
pub fn hidden_lifetime(x: std::slice::Iter<u32>) -> usize {
    x.count()
}

//@hook labeled(k = "v")
pub fn dynamic(x: &dyn Fn(u32) -> u32) -> Box<dyn Fn(u32) -> u32> {
    Box::new(|y| y)
}

//@hook labeled(k = "v")
pub async fn asynchronous<T: Clone>(x: T, unused: u32) -> T {
    let y = std::future::ready(x.clone()).await;
    y
}

//@hook labeled(k = "v")
pub async fn asynchronous_argument(x: impl Into<String>) -> String {
    std::future::ready(()).await;
    x.into()
}

//@hook labeled(x)
pub async fn asynchronous_one_use<'a, 'b>(x: &'a str, y: &'b str) -> &'a str {
    std::future::ready(x).await
}

//@hook labeled(x)
pub async fn asynchronous_unused_lifetime<'a>(x: u32) -> u32 {
    std::future::ready(x).await
}

//@hook labeled(x)
pub async fn asynchronous_cow(x: &str) -> Cow<str> {
    std::future::ready(Cow::Borrowed(x)).await
}

//@hook labeled(k = "v")
pub async fn asynchronous_dynamic(x: &dyn Fn(u32) -> u32) -> Box<dyn Fn(u32) -> u32> {
    std::future::ready(()).await;
    Box::new(|y| y)
}

//@hook labeled(k = "v")
pub async fn asynchronous_nested(x: &[u32]) -> Result<impl Iterator<Item = u32> + '_, String> {
    std::future::ready(()).await;
    Ok(x.iter().cloned())
}

pub struct Holder<T>(PhantomData<T>);

impl<T: Debug> Holder<T> {
    //@hook labeled(k = ?x)
    pub fn hold(&self, x: T) -> T {
        x
    }

    //@hook labeled(k = ?x)
    pub async fn hold_async(&self, x: T) -> T {
        std::future::ready(x).await
    }

    //@hook labeled(k = "v")
    fn never_called<U: From<T>>(&self, x: T) -> U {
        U::from(x)
    }
}
