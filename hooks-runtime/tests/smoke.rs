//! A first look at every form of label.
use hooks_runtime::{labeled, labels::Labels};
#[labeled(route)]
fn a(route: &str) -> String {
    Labels::current().to_string()
}
#[labeled(route, size, who = %user.0, kind = "x", unit(size = "bytes"))]
fn b(route: &str, size: usize, user: (u8, String)) -> String {
    drop(user);
    Labels::current().to_string()
}
#[labeled(route)]
async fn c(route: &str) -> String {
    std::future::ready(()).await;
    Labels::current().to_string()
}
#[labeled(route, a, b)]
async fn d(route: String, (a, mut b): (u32, u32)) -> String {
    drop(route);
    b += 1;
    let _ = b;
    Labels::current().to_string()
}
#[labeled(route)]
fn e(mut route: &str) -> usize {
    route = &route[1..];
    route.len()
}
#[labeled(route)]
async fn f(mut route: &str) -> usize {
    let s = String::from("x");
    route = &s;
    route.len()
}
#[labeled(k = x + 1)]
fn g(x: u32) -> String {
    Labels::current().to_string()
}
#[labeled(k = x)]
fn never(x: u32) -> ! {
    panic!("{x}")
}
#[test]
fn smoke() {
    assert_eq!(a("/x"), "route=/x");
    assert_eq!(b("/x", 3, (1, "u".into())), "kind=x,route=/x,size=3bytes,who=1");
    assert_eq!(futures::executor::block_on(c("/x")), "route=/x");
    assert_eq!(futures::executor::block_on(d("/x".into(), (1, 2))), "a=1,b=2,route=/x");
    assert_eq!(g(1), "k=2");
    e("a");
    futures::executor::block_on(f("q"));
    if false {
        never(1);
    }
    eprintln!("{:?}", hooks_runtime::sites());
    assert_eq!(hooks_runtime::sites().len(), 9);
    #[labeled(k = 1)]
    async fn z() {}
    eprintln!("size {}", size_of_val(&z()));
    eprintln!("size {}", size_of_val(&c("")));
}
