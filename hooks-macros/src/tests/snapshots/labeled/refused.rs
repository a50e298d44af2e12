// 14 tokens -> 46
#[allow(unused_variables)]
const fn f(x: u32) -> u32 {
    x + 1
}
::core::compile_error! {
    "a value needs a key: write `x = %x`"
}
::core::compile_error! {
    "this fn has no argument `y`, it has `x`: name one of them or write `y = expr`; options are `unit(key = \"..\")`, `future`, `call`, `crate = ::path`"
}
::core::compile_error! {
    "a `const fn` has no run time to put the pair round: remove `const`, or annotate its caller"
}
