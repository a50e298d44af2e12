// 14 tokens -> 37
#[allow(unused_variables)]
const fn f(x: u32) -> u32 {
    x + 1
}
::core::compile_error! {
    "unknown option `user = ..`; the name comes first: `\"checkout\"`; labels in force are shown with the task: put `#[labeled(..)]` below; options are `future`, `call`, `crate = ::path`"
}
::core::compile_error! {
    "a `const fn` has no run time to put the pair round: remove `const`, or annotate its caller"
}
