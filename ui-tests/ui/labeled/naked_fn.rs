use hooks_runtime::labeled;

#[labeled(case = "x")]
#[unsafe(naked)]
pub extern "C" fn f() {
    core::arch::naked_asm!("ret")
}

// The fn is still there.
fn main() {
    f();
}
