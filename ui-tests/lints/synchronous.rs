use std::collections::HashMap;

//@hook labeled(x)
fn never_called(x: u32) -> u32 {
    x + 1
}

//@hook labeled(k = "v")
pub fn unused_variable(x: u32, y: u32) -> u32 {
    let z = y;
    y
}

//@hook labeled(k = "v")
pub fn unused_mut(mut x: u32) -> u32 {
    let mut y = x;
    y
}

//@hook labeled(x)
pub fn unused_mut_label(mut x: u32) -> u32 {
    x
}

//@hook labeled(x)
pub fn assigned_and_never_read(x: u32) -> u32 {
    let mut y = 1;
    y = x;
    x
}

//@hook labeled(x)
pub fn unreachable(x: u32) -> u32 {
    return x;
    x + 1
}

//@hook labeled(k = "v")
pub fn unreachable_after_loop(x: u32) -> u32 {
    loop {}
    x
}

//@hook labeled(x)
pub fn diverges(x: u32) -> u32 {
    todo!("{x}")
}

//@hook labeled(x)
pub fn diverges_with_statement(x: u32) -> String {
    panic!("{x}");
}

//@hook labeled(x)
pub fn loops(x: u32) -> u32 {
    loop {
        if x > 3 {
            return x;
        }
    }
}

//@hook labeled(x)
pub fn never(x: u32) -> ! {
    panic!("{x}")
}

//@hook labeled(k = "v")
pub fn never_loops(x: u32) -> ! {
    loop {
        std::hint::spin_loop();
    }
}

//@hook labeled(k = "v")
pub fn nothing() {}

//@hook labeled(k = "v")
pub fn one_expression() {
    nothing()
}

//@hook labeled(x)
pub fn one_number(x: u32) -> u32 { x }

//@hook labeled(x)
pub fn block_in_block(x: u32) -> u32 {
    { x }
}

//@hook labeled(x)
pub fn parentheses(x: u32) -> u32 {
    (x + 1)
}

//@hook labeled(x)
pub fn needless_return(x: u32) -> u32 {
    return x;
}

//@hook labeled(x)
pub fn needless_return_unit(x: u32) {
    drop(x);
    return;
}

//@hook labeled(x)
pub fn let_and_return(x: u32) -> u32 {
    let y = x * 2;
    y
}

//@hook labeled(k = "v")
pub fn must_use_dropped(x: Result<u32, String>) {
    x;
    fallible(1);
    let _ = fallible(2);
    let _ = std::sync::Mutex::new(1).lock();
}

//@hook labeled(x)
pub fn fallible(x: u32) -> Result<u32, String> {
    if x > 1 { Ok(x) } else { Err("small".to_string()) }
}

//@hook labeled(x)
pub fn panics(x: Option<u32>) -> u32 {
    x.unwrap()
}

//@hook labeled(s)
pub fn by_value(s: String, v: Vec<u8>) -> usize {
    s.len() + v.len()
}

//@hook labeled(k = "v")
pub fn by_reference_to_string(s: &String, v: &Vec<u8>, b: &Box<u8>) -> usize {
    s.len() + v.len() + **b as usize
}

//@hook labeled(x)
pub fn trivially_by_reference(x: &u32) -> u32 {
    *x
}

//@hook labeled(k = "v")
pub fn type_complexity(x: HashMap<String, Vec<Option<Result<Box<dyn Fn(u32) -> u32>, String>>>>) -> usize {
    x.len()
}

//@hook labeled(k = "v")
pub fn complex_result() -> Result<HashMap<String, Vec<Option<Result<Box<dyn Fn(u32) -> u32>, String>>>>, ()> {
    Err(())
}

//@hook labeled(a)
pub fn many(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> u8 {
    a + b + c + d + e + f + g + h
}

//@hook labeled(a)
pub fn flags(a: bool, b: bool, c: bool, d: bool) -> bool {
    a && b && c && d
}

//@hook labeled(x)
pub fn shadows(x: u32) -> u32 {
    let x = x;
    let x = x + 1;
    let y = "a";
    let x = x + y.len() as u32;
    let result = x;
    let scope = result;
    scope
}

//@hook labeled(k = "v")
pub fn endless(x: u32) -> u32 {
    endless(x)
}

//@hook labeled(x)
pub fn recursive(x: u32) -> u32 {
    if x == 0 { 0 } else { recursive(x - 1) }
}

//@hook labeled(x)
pub fn casts(x: u64) -> u32 {
    x as u32 + (x as i8) as u32 + 1u32 as u32
}

//@hook labeled(x)
pub fn useless(x: u32) -> bool {
    x + 1;
    let y = x == x;
    x < 0
}

//@hook labeled(x)
pub fn style(x: u32) -> &'static str {
    if x == 1 {
        "a"
    } else {
        if x == 2 { "b" } else { "c" }
    }
}

//@hook labeled(x)
pub fn NotSnake(x: u32) -> u32 {
    let NotSnakeEither = x;
    NotSnakeEither
}

//@hook labeled(x)
#[inline(always)]
pub fn inlined(x: u32) -> u32 {
    x
}

//@hook labeled(x)
#[must_use]
pub fn must_use(x: u32) -> u32 {
    x
}

//@hook labeled(x)
#[must_use]
pub fn must_use_unit(x: u32) {
    drop(x)
}

#[deprecated]
//@hook labeled(x)
pub fn old(x: u32) -> u32 {
    x
}

//@hook labeled(x)
pub fn uses(x: u32) -> u32 {
    old(x) + std::cmp::min(x, std::u32::MAX)
}

//@hook labeled(x)
#[allow(unused_variables)]
pub fn allowed(x: u32, y: u32) -> u32 {
    let z = x;
    x
}

//@hook labeled(x)
#[expect(unused_variables)]
pub fn expected(x: u32, y: u32) -> u32 {
    x
}

//@hook labeled(x)
#[expect(unused_variables)]
pub fn expected_in_vain(x: u32) -> u32 {
    x
}

//@hook labeled(x)
pub fn expected_of_an_argument(x: u32, #[expect(unused_variables)] y: u32) -> u32 {
    x
}

//@hook labeled(k = ?x)
pub unsafe fn no_safety_docs(x: *const u32) -> u32 {
    *x
}

//@hook labeled(x)
pub extern "C" fn not_ffi_safe(x: &str) -> u32 {
    x.len() as u32
}

//@hook labeled(k = x.0)
pub fn pattern((a, b): (u32, u32), [c, ..]: [u32; 3], x: (u32,)) -> u32 {
    a + b + x.0
}

//@hook labeled(a)
pub fn part_of_pattern((a, b): (String, u32)) -> usize {
    a.len()
}

//@hook labeled(k = "v")
pub fn underscored(_x: u32, _y: u32) -> u32 {
    _x
}

//@hook labeled(k = "v")
pub fn wild(_: String) {}

//@hook labeled(x)
pub fn items_after_statements(x: u32) -> u32 {
    let y = x;
    fn inner() -> u32 {
        1
    }
    const C: u32 = 1;
    y + inner() + C
}

//@hook labeled(x)
pub fn too_wordy<'a>(x: &'a str) -> &'a str {
    x
}

//@hook labeled(k = "v")
pub fn question(x: Result<u32, u8>) -> Result<u32, u8> {
    let y = x?;
    Ok(x?)
}

//@hook labeled(x)
pub fn option_unit(x: Option<u32>) -> Option<u32> {
    match x {
        Some(y) => Some(y + 1),
        None => None,
    }
}

//@hook labeled(x)
pub fn returns_closure(x: u32) -> impl Fn(u32) -> u32 {
    let f = move |y| x + y;
    f
}

//@hook labeled(x)
pub fn large_stack(x: u32) -> u8 {
    let a = [0u8; 600_000];
    a[x as usize]
}

//@hook labeled(s)
pub fn redundant_clone(s: String) -> String {
    let t = s.clone();
    t.clone()
}

//@hook labeled(s, t = %s, u = ?s, len = s.len(), unit(len = "bytes"))
pub fn many_labels(s: &str) -> usize {
    s.len()
}

//@hook labeled(k = x.clone(), l = x + x, m = (x), n = {x}, o = &x)
pub fn label_expressions(x: u32) -> u32 {
    x
}

//@hook labeled(x)
pub fn items_first(x: u32) -> u32 {
    use std::cmp::max;
    #[derive(Clone)]
    struct Held(u32);
    const fn one() -> u32 {
        1
    }
    max(Held(x).0, one())
}

//@hook labeled(x)
pub fn unsafe_block_first(x: u32) -> u32 {
    unsafe { u32::clone(&x) }
}

//@hook labeled(x)
pub fn expected_return_in_the_body(x: u32) -> u32 {
    let y = x + 1;
    #[expect(clippy::needless_return, reason = "reads better")]
    return y;
}

//@hook labeled(x)
pub fn expected_of_an_argument_where_it_applies(
    x: u32,
    #[cfg_attr(all(), expect(unused_variables, reason = "for later"))] y: u32,
) -> u32 {
    x
}
