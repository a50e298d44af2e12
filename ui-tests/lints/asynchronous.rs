use std::cell::RefCell;
use std::future::{Future, ready};
use std::rc::Rc;
use std::sync::Mutex;

//@hook labeled(x)
async fn never_called(x: u32) -> u32 {
    ready(x).await + 1
}

//@hook labeled(k = "v")
pub async fn unused_variable(x: u32, y: u32) -> u32 {
    let z = y;
    ready(y).await
}

//@hook labeled(k = "v")
pub async fn unused_mut(mut x: u32) -> u32 {
    let mut y = x;
    ready(y).await
}

//@hook labeled(x)
pub async fn unused_mut_label(mut x: u32) -> u32 {
    ready(x).await
}

//@hook labeled(k = "v")
pub async fn mutated(mut x: u32) -> u32 {
    x += 1;
    ready(x).await
}

//@hook labeled(x)
pub async fn assigned_and_never_read(x: u32) -> u32 {
    let mut y = 1;
    y = x;
    ready(x).await
}

//@hook labeled(x)
pub async fn no_await(x: u32) -> u32 {
    x
}

//@hook labeled(x)
pub async fn unreachable(x: u32) -> u32 {
    return ready(x).await;
    x + 1
}

//@hook labeled(x)
pub async fn diverges(x: u32) -> u32 {
    ready(()).await;
    todo!("{x}")
}

//@hook labeled(x)
pub async fn diverges_by_a_call(x: u32) -> u32 {
    std::panic::panic_any(x)
}

//@hook labeled(x)
pub async fn diverges_with_statement(x: u32) -> String {
    ready(()).await;
    panic!("{x}");
}

//@hook labeled(x)
pub async fn never(x: u32) -> ! {
    ready(()).await;
    panic!("{x}")
}

//@hook labeled(x)
pub async fn loops(x: u32) -> u32 {
    loop {
        if x > ready(3).await {
            return x;
        }
    }
}

//@hook labeled(k = "v")
pub async fn one_expression() {
    ready(()).await
}

//@hook labeled(x)
pub async fn one_number(x: u32) -> u32 { ready(x).await }

//@hook labeled(x)
pub async fn parentheses(x: u32) -> u32 {
    (ready(x).await + 1)
}

//@hook labeled(x)
pub async fn needless_return(x: u32) -> u32 {
    return ready(x).await;
}

//@hook labeled(x)
pub async fn needless_return_unit(x: u32) {
    ready(x).await;
    return;
}

//@hook labeled(x)
pub async fn let_and_return(x: u32) -> u32 {
    let y = ready(x).await;
    y
}

//@hook labeled(k = "v")
pub async fn must_use_dropped(x: Result<u32, String>) {
    x;
    fallible(1).await;
    let _ = fallible(2).await;
    fallible(3);
    let _ = fallible(4);
    ready(1);
}

//@hook labeled(x)
pub async fn fallible(x: u32) -> Result<u32, String> {
    if ready(x).await > 1 { Ok(x) } else { Err("small".to_string()) }
}

//@hook labeled(x)
pub async fn panics(x: Option<u32>) -> u32 {
    ready(x).await.unwrap()
}

//@hook labeled(s)
pub async fn by_value(s: String, v: Vec<u8>) -> usize {
    ready(s.len() + v.len()).await
}

//@hook labeled(k = "v")
pub async fn by_reference_to_string(s: &String, v: &Vec<u8>) -> usize {
    ready(s.len() + v.len()).await
}

//@hook labeled(x)
pub async fn trivially_by_reference(x: &u32) -> u32 {
    ready(*x).await
}

//@hook labeled(a)
pub async fn many(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> u8 {
    ready(a + b + c + d + e + f + g + h).await
}

//@hook labeled(a)
pub async fn flags(a: bool, b: bool, c: bool, d: bool) -> bool {
    ready(a && b && c && d).await
}

//@hook labeled(k = "v")
pub async fn complex_result() -> Result<Vec<Option<Result<Box<dyn Fn(u32, u32) -> Option<u32>>, String>>>, ()> {
    ready(Err(())).await
}

//@hook labeled(x)
pub async fn shadows(x: u32) -> u32 {
    let x = x;
    let x = ready(x).await + 1;
    let y = "a";
    let x = x + y.len() as u32;
    let result = x;
    result
}

//@hook labeled(x)
pub async fn not_send(x: Rc<u32>) -> u32 {
    ready(()).await;
    *x
}

//@hook labeled(x)
async fn private_not_send(x: u32) -> u32 {
    let cell = Rc::new(x);
    ready(()).await;
    *cell
}

//@hook labeled(x)
pub async fn lock_over_await(x: u32, m: &Mutex<u32>, c: &RefCell<u32>) -> u32 {
    let guard = m.lock().unwrap();
    let borrowed = c.borrow_mut();
    ready(*guard + x + *borrowed).await
}

//@hook labeled(x)
pub async fn large(x: u32) -> u8 {
    let a = [0u8; 20_000];
    ready(()).await;
    a[x as usize]
}

//@hook labeled(x)
pub async fn awaits_large(x: u32) -> u8 {
    large(x).await + large(x + 1).await
}

//@hook labeled(x)
pub async fn endless(x: u32) -> u32 {
    Box::pin(endless(x)).await
}

//@hook labeled(x)
pub async fn casts(x: u64) -> u32 {
    ready(x).await as u32
}

//@hook labeled(x)
pub async fn NotSnake(x: u32) -> u32 {
    let NotSnakeEither = x;
    ready(NotSnakeEither).await
}

//@hook labeled(x)
#[must_use]
pub async fn must_use(x: u32) -> u32 {
    ready(x).await
}

//@hook labeled(x)
#[deprecated]
pub async fn old(x: u32) -> u32 {
    ready(x).await
}

//@hook labeled(x)
pub async fn uses(x: u32) -> u32 {
    must_use(x).await;
    must_use(x);
    old(x).await
}

//@hook labeled(x)
#[allow(unused_variables)]
pub async fn allowed(x: u32, y: u32) -> u32 {
    let z = x;
    ready(x).await
}

//@hook labeled(x)
#[expect(unused_variables)]
pub async fn expected(x: u32, y: u32) -> u32 {
    ready(x).await
}

//@hook labeled(x)
#[expect(unused_variables)]
pub async fn expected_in_vain(x: u32) -> u32 {
    ready(x).await
}

//@hook labeled(x)
pub async fn expected_of_an_argument(x: u32, #[expect(unused_variables)] y: u32) -> u32 {
    ready(x).await
}

//@hook labeled(x)
pub async unsafe fn no_safety_docs(x: u32) -> u32 {
    ready(x).await
}

//@hook labeled(k = x.0)
pub async fn pattern((a, b): (u32, u32), [c, ..]: [u32; 3], x: (u32,)) -> u32 {
    ready(a + b + x.0).await
}

//@hook labeled(a)
pub async fn part_of_pattern((a, b): (String, u32)) -> usize {
    ready(a.len()).await
}

//@hook labeled(k = "v")
pub async fn pattern_by_value((a, b): (String, String)) -> usize {
    ready(a.len() + b.len()).await
}

//@hook labeled(k = "v")
pub async fn underscored(_x: u32, _y: u32) -> u32 {
    ready(_x).await
}

//@hook labeled(k = "v")
pub async fn wild(_: String) {
    ready(()).await;
}

//@hook labeled(x)
pub async fn elided<'a>(x: &'a str) -> &'a str {
    ready(x).await
}

//@hook labeled(k = "v")
pub async fn question(x: Result<u32, u8>) -> Result<u32, u8> {
    let y = x?;
    Ok(ready(x).await?)
}

//@hook labeled(x)
pub async fn async_block(x: u32) -> u32 {
    async move { ready(x).await }.await
}

//@hook labeled(x, call)
pub fn by_hand(x: u32) -> impl Future<Output = u32> {
    async move { ready(x).await }
}

//@hook labeled(x, future)
pub fn by_hand_covered(x: u32) -> impl Future<Output = u32> {
    let y = x;
    async move { ready(x).await }
}

//@hook labeled(x, future)
pub fn boxed(x: u32) -> std::pin::Pin<Box<dyn Future<Output = u32>>> {
    Box::pin(async move { ready(x).await })
}

//@hook labeled(k = "v", future)
pub fn boxed_diverges(x: Result<u32, u8>) -> std::pin::Pin<Box<dyn Future<Output = u32>>> {
    todo!("{x:?}")
}

//@hook labeled(k = "v", future)
pub fn boxed_diverges_by_a_call(x: Result<u32, u8>) -> std::pin::Pin<Box<dyn Future<Output = u32>>> {
    std::panic::panic_any(x)
}

//@hook labeled(k = "v", future)
pub fn boxed_diverges_with_statement(x: Result<u32, u8>) -> std::pin::Pin<Box<dyn Future<Output = u32>>> {
    let y = x;
    panic!("{y:?}");
}

//@hook labeled(x)
pub async fn diverges_with_return(x: u32) -> u32 {
    if x > ready(1).await {
        return x;
    }
    std::panic::panic_any(x)
}

//@hook labeled(k = x.clone(), l = x + x, m = (x), n = {x}, o = &x, p = %x, q = ?x)
pub async fn label_expressions(x: u32) -> u32 {
    ready(x).await
}

//@hook labeled(x)
pub async fn items_first(x: u32) -> Result<u32, std::num::ParseIntError> {
    const ONE: &str = "1";
    async fn inner() {}
    inner().await;
    Ok(x + ONE.parse::<u32>()?)
}

//@hook labeled(x)
#[inline(always)]
pub async fn inlined(x: u32) -> u32 {
    ready(x).await
}

// Lints that an annotated fn may lose: where one is expected, it is nobody's fault.

//@hook labeled(x)
#[expect(clippy::needless_return, reason = "reads better")]
pub async fn expected_return(x: u32) -> u32 {
    return x + 1;
}

//@hook labeled(x)
#[expect(clippy::unused_async, reason = "a trait wants it")]
pub async fn expected_async(x: u32) -> u32 {
    x + 2
}

//@hook labeled(x, future)
#[expect(clippy::manual_async_fn, reason = "says what it is")]
pub fn expected_by_hand(x: u32) -> impl Future<Output = u32> {
    async move { x + 3 }
}

//@hook labeled(x)
pub async fn expected_return_in_the_body(x: u32) -> u32 {
    let y = ready(x).await;
    #[expect(clippy::needless_return, reason = "reads better")]
    return y;
}

//@hook labeled(x)
pub async fn expected_return_by_inner_attribute(x: u32) -> u32 {
    #![expect(clippy::needless_return, reason = "reads better")]
    return ready(x).await;
}

//@hook labeled(k = "v")
pub async fn kept_over_an_await(buf: crate::Kept) -> usize {
    ready(()).await;
    buf.len() + ready(buf.as_slice()).await.first().map_or(0, |byte| usize::from(*byte))
}

static NUMBER: Mutex<usize> = Mutex::new(1);

//@hook labeled(k = "v")
pub async fn kept_beside_a_temporary(buf: crate::Kept) -> usize {
    ready(()).await;
    *NUMBER.lock().unwrap() + buf.len()
}
