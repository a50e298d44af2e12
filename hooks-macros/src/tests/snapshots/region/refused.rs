// 14 tokens -> 46
#[allow(unused_variables)]
const fn f(x: u32) -> u32 {
    x + 1
}
::core::compile_error! {
    "the name comes first, and once: `#[region(\"db.query\", ..)]`"
}
::core::compile_error! {
    "this fn has no argument `y`, it has `x`: name one of them or write `y = expr`; options are `slow = \"50ms\"`, `unit(key = \"..\")`, `future`, `call`, `crate = ::path`"
}
::core::compile_error! {
    "a `const fn` has no run time to put the pair round: remove `const`, or annotate its caller"
}
