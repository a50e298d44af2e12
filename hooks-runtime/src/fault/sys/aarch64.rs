//! SIGNAL HANDLER, as far as [`instruction`] and [`go_on`].
//!
//! 64-bit ARM: copies and loads whose guarded side may fault, the table of those instructions, and the registers that the
//! signal handler sets.
//!
//! All follow one convention. The second result (`x1`) is 0, or what the handler put into `x15`: the number of a
//! [`Kind`](super::routine::Kind). A copy's first result is how many bytes are left: loads of a block all come before its stores,
//! and a block that faults is done again byte by byte, so the count is exact. A change of the convention changes the
//! names: two versions of this crate in one program share the symbols.

use super::routine::{Copy, Loaded, Outcome, prelude};

core::arch::global_asm!(
    prelude!(),
    r#"
    .pushsection .text.__hooks_fault_copies_1,"ax",@progbits

    // (left, kind) = read(to x0, guarded from x1, length x2)
    hooks_function __hooks_guarded_read_1
    cmp x2, 64
    b.lo 3f
2:  hooks_guarded 8f, ldp q0, q1, [x1]
    hooks_guarded 8f, ldp q2, q3, [x1, 32]
    stp q0, q1, [x0]
    stp q2, q3, [x0, 32]
    add x1, x1, 64
    add x0, x0, 64
    sub x2, x2, 64
    cmp x2, 64
    b.hs 2b
3:  cmp x2, 16
    b.lo 5f
4:  hooks_guarded 8f, ldr q0, [x1]
    str q0, [x0]
    add x1, x1, 16
    add x0, x0, 16
    sub x2, x2, 16
    cmp x2, 16
    b.hs 4b
5:  cmp x2, 8
    b.lo 7f
    hooks_guarded 8f, ldr x3, [x1]
    str x3, [x0]
    add x1, x1, 8
    add x0, x0, 8
    sub x2, x2, 8
7:  cbz x2, 9f
8:  hooks_guarded 22f, ldrb w3, [x1]
    strb w3, [x0]
    add x1, x1, 1
    add x0, x0, 1
    subs x2, x2, 1
    b.ne 8b
9:  mov x0, 0
    mov x1, 0
    ret
22: mov x0, x2
    mov x1, x15
    ret
    hooks_end __hooks_guarded_read_1

    // (left, kind) = write(to guarded x0, from x1, length x2). What was written of a block that faults is written again
    // with the same bytes.
    hooks_function __hooks_guarded_write_1
    cmp x2, 64
    b.lo 3f
2:  ldp q0, q1, [x1]
    ldp q2, q3, [x1, 32]
    hooks_guarded 8f, stp q0, q1, [x0]
    hooks_guarded 8f, stp q2, q3, [x0, 32]
    add x1, x1, 64
    add x0, x0, 64
    sub x2, x2, 64
    cmp x2, 64
    b.hs 2b
3:  cmp x2, 16
    b.lo 5f
4:  ldr q0, [x1]
    hooks_guarded 8f, str q0, [x0]
    add x1, x1, 16
    add x0, x0, 16
    sub x2, x2, 16
    cmp x2, 16
    b.hs 4b
5:  cmp x2, 8
    b.lo 7f
    ldr x3, [x1]
    hooks_guarded 8f, str x3, [x0]
    add x1, x1, 8
    add x0, x0, 8
    sub x2, x2, 8
7:  cbz x2, 9f
8:  ldrb w3, [x1]
    hooks_guarded 22f, strb w3, [x0]
    add x1, x1, 1
    add x0, x0, 1
    subs x2, x2, 1
    b.ne 8b
9:  mov x0, 0
    mov x1, 0
    ret
22: mov x0, x2
    mov x1, x15
    ret
    hooks_end __hooks_guarded_write_1

    // (value, kind) = load(guarded from x0)
    hooks_function __hooks_guarded_load_8_1
    hooks_guarded 22f, ldr x0, [x0]
    mov x1, 0
    ret
22: mov x1, x15
    ret
    hooks_end __hooks_guarded_load_8_1

    hooks_function __hooks_guarded_load_4_1
    hooks_guarded 22f, ldr w0, [x0]
    mov x1, 0
    ret
22: mov x1, x15
    ret
    hooks_end __hooks_guarded_load_4_1

    .popsection
    .pushsection .rodata.__hooks_fault_table_1,"a",@progbits
    .weak __hooks_fault_table_end_1
    .hidden __hooks_fault_table_end_1
__hooks_fault_table_end_1:
    .popsection
    .purgem hooks_guarded
    .purgem hooks_function
    .purgem hooks_end
    "#
);

unsafe extern "C" {
    #[link_name = "__hooks_guarded_read_1"]
    pub(super) fn read(to: *mut u8, from: *const u8, length: usize) -> Outcome;
    #[link_name = "__hooks_guarded_write_1"]
    pub(super) fn write(to: *mut u8, from: *const u8, length: usize) -> Outcome;
    #[link_name = "__hooks_guarded_load_4_1"]
    pub(super) fn load_4(from: *const u8) -> Loaded;
    #[link_name = "__hooks_guarded_load_8_1"]
    pub(super) fn load_8(from: *const u8) -> Loaded;
}

/// The fastest way to read few bytes.
pub(super) fn fastest_short_read() -> Copy {
    read
}

pub(super) use read as read_any;
pub(super) use write as write_any;

/// Where the interrupted instruction is. Async-signal-safe.
pub(super) fn instruction(context: &libc::ucontext_t) -> usize {
    usize::from_ne_bytes(context.uc_mcontext.pc.to_ne_bytes())
}

/// Has the thread go on at `fixup`, with `kind` for its result. Async-signal-safe.
pub(super) fn go_on(context: &mut libc::ucontext_t, fixup: usize, kind: usize) {
    context.uc_mcontext.pc = fixup as u64;
    context.uc_mcontext.regs[15] = kind as u64;
}
