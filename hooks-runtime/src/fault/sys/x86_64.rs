//! SIGNAL HANDLER, as far as [`instruction`] and [`go_on`].
//!
//! x86-64: copies and loads whose guarded side may fault, the table of those instructions, and the registers that the
//! signal handler sets.
//!
//! All follow one convention. The second result (`rdx`) is 0, or what the handler put into `r11`: the number of a
//! [`Kind`](super::routine::Kind). A copy's first result is how many bytes are left: loads of a block all come before its stores,
//! and a block that faults is done again byte by byte, so the count is exact. A change of the convention changes the
//! names: two versions of this crate in one program share the symbols.

use super::routine::{Copy, Loaded, Outcome, prelude};

core::arch::global_asm!(
    prelude!(),
    r#"
    .pushsection .text.__hooks_fault_copies_1,"ax",@progbits

    # (left, kind) = read(to rdi, guarded from rsi, length rdx)
    hooks_function __hooks_guarded_read_1
    mov rax, rdx
    cmp rax, 32
    jbe 4f
    cmp rax, 64
    ja 2f
    # 33 to 64
    hooks_guarded 8f, movups xmm0, [rsi]
    hooks_guarded 8f, movups xmm1, [rsi + 16]
    hooks_guarded 8f, movups xmm2, [rsi + rax - 32]
    hooks_guarded 8f, movups xmm3, [rsi + rax - 16]
    movups [rdi], xmm0
    movups [rdi + 16], xmm1
    movups [rdi + rax - 32], xmm2
    movups [rdi + rax - 16], xmm3
    xor eax, eax
    xor edx, edx
    ret
    .p2align 4
2:
    hooks_guarded 8f, movups xmm0, [rsi]
    hooks_guarded 8f, movups xmm1, [rsi + 16]
    hooks_guarded 8f, movups xmm2, [rsi + 32]
    hooks_guarded 8f, movups xmm3, [rsi + 48]
    movups [rdi], xmm0
    movups [rdi + 16], xmm1
    movups [rdi + 32], xmm2
    movups [rdi + 48], xmm3
    add rsi, 64
    add rdi, 64
    sub rax, 64
    cmp rax, 64
    ja 2b
    # 1 to 64 are left: the last 64, some of them again.
    hooks_guarded 8f, movups xmm0, [rsi + rax - 64]
    hooks_guarded 8f, movups xmm1, [rsi + rax - 48]
    hooks_guarded 8f, movups xmm2, [rsi + rax - 32]
    hooks_guarded 8f, movups xmm3, [rsi + rax - 16]
    movups [rdi + rax - 64], xmm0
    movups [rdi + rax - 48], xmm1
    movups [rdi + rax - 32], xmm2
    movups [rdi + rax - 16], xmm3
    xor eax, eax
    xor edx, edx
    ret
4:  cmp rax, 16
    jbe 5f
    # 17 to 32
    hooks_guarded 8f, movups xmm0, [rsi]
    hooks_guarded 8f, movups xmm1, [rsi + rax - 16]
    movups [rdi], xmm0
    movups [rdi + rax - 16], xmm1
    xor eax, eax
    xor edx, edx
    ret
5:  cmp rax, 8
    jb 6f
    hooks_guarded 8f, mov rcx, [rsi]
    hooks_guarded 8f, mov r8, [rsi + rax - 8]
    mov [rdi], rcx
    mov [rdi + rax - 8], r8
    xor eax, eax
    xor edx, edx
    ret
6:  cmp rax, 4
    jb 7f
    hooks_guarded 8f, mov ecx, [rsi]
    hooks_guarded 8f, mov r8d, [rsi + rax - 4]
    mov [rdi], ecx
    mov [rdi + rax - 4], r8d
    xor eax, eax
    xor edx, edx
    ret
7:  test rax, rax
    jz 9f
8:  hooks_guarded 22f, mov cl, [rsi]
    mov [rdi], cl
    inc rsi
    inc rdi
    dec rax
    jnz 8b
9:  xor edx, edx
    ret
22: mov rdx, r11
    ret
    hooks_end __hooks_guarded_read_1

    # The same with AVX, for lengths from 128.
    hooks_function __hooks_guarded_read_avx_1
    mov rax, rdx
    .p2align 4
2:  hooks_guarded 8f, vmovups ymm0, [rsi]
    hooks_guarded 8f, vmovups ymm1, [rsi + 32]
    hooks_guarded 8f, vmovups ymm2, [rsi + 64]
    hooks_guarded 8f, vmovups ymm3, [rsi + 96]
    vmovups [rdi], ymm0
    vmovups [rdi + 32], ymm1
    vmovups [rdi + 64], ymm2
    vmovups [rdi + 96], ymm3
    add rsi, 128
    add rdi, 128
    sub rax, 128
    cmp rax, 128
    jae 2b
8:  vzeroupper
    mov rdx, rax
    jmp __hooks_guarded_read_1
    hooks_end __hooks_guarded_read_avx_1

    # The same with the CPU's own copy, whose fault may be one of its other side too: the byte by byte copy tells.
    hooks_function __hooks_guarded_read_string_1
    mov rcx, rdx
    hooks_guarded 8f, rep movsb
8:  mov rdx, rcx
    jmp __hooks_guarded_read_1
    hooks_end __hooks_guarded_read_string_1

    # The same with AVX-512VL, whose registers leave the upper halves of the others alone; for 33 to 128 bytes.
    hooks_function __hooks_guarded_read_short_1
    cmp rdx, 32
    jbe __hooks_guarded_read_1
    mov rax, rdx
    cmp rax, 64
    ja 2f
    hooks_guarded 8f, vmovdqu64 ymm16, [rsi]
    hooks_guarded 8f, vmovdqu64 ymm17, [rsi + rax - 32]
    vmovdqu64 [rdi], ymm16
    vmovdqu64 [rdi + rax - 32], ymm17
    xor eax, eax
    xor edx, edx
    ret
2:  cmp rax, 128
    ja 8f
    hooks_guarded 8f, vmovdqu64 ymm16, [rsi]
    hooks_guarded 8f, vmovdqu64 ymm17, [rsi + 32]
    hooks_guarded 8f, vmovdqu64 ymm18, [rsi + rax - 64]
    hooks_guarded 8f, vmovdqu64 ymm19, [rsi + rax - 32]
    vmovdqu64 [rdi], ymm16
    vmovdqu64 [rdi + 32], ymm17
    vmovdqu64 [rdi + rax - 64], ymm18
    vmovdqu64 [rdi + rax - 32], ymm19
    xor eax, eax
    xor edx, edx
    ret
8:  mov rdx, rax
    jmp __hooks_guarded_read_1
    hooks_end __hooks_guarded_read_short_1

    # (left, kind) = write(to guarded rdi, from rsi, length rdx). What was written of a block that faults is written
    # again with the same bytes.
    hooks_function __hooks_guarded_write_1
    mov rax, rdx
    cmp rax, 32
    jbe 4f
    cmp rax, 64
    ja 2f
    # 33 to 64
    movups xmm0, [rsi]
    movups xmm1, [rsi + 16]
    movups xmm2, [rsi + rax - 32]
    movups xmm3, [rsi + rax - 16]
    hooks_guarded 8f, movups [rdi], xmm0
    hooks_guarded 8f, movups [rdi + 16], xmm1
    hooks_guarded 8f, movups [rdi + rax - 32], xmm2
    hooks_guarded 8f, movups [rdi + rax - 16], xmm3
    xor eax, eax
    xor edx, edx
    ret
    .p2align 4
2:
    movups xmm0, [rsi]
    movups xmm1, [rsi + 16]
    movups xmm2, [rsi + 32]
    movups xmm3, [rsi + 48]
    hooks_guarded 8f, movups [rdi], xmm0
    hooks_guarded 8f, movups [rdi + 16], xmm1
    hooks_guarded 8f, movups [rdi + 32], xmm2
    hooks_guarded 8f, movups [rdi + 48], xmm3
    add rsi, 64
    add rdi, 64
    sub rax, 64
    cmp rax, 64
    ja 2b
    # 1 to 64 are left: the last 64, some of them again.
    movups xmm0, [rsi + rax - 64]
    movups xmm1, [rsi + rax - 48]
    movups xmm2, [rsi + rax - 32]
    movups xmm3, [rsi + rax - 16]
    hooks_guarded 8f, movups [rdi + rax - 64], xmm0
    hooks_guarded 8f, movups [rdi + rax - 48], xmm1
    hooks_guarded 8f, movups [rdi + rax - 32], xmm2
    hooks_guarded 8f, movups [rdi + rax - 16], xmm3
    xor eax, eax
    xor edx, edx
    ret
4:  cmp rax, 16
    jbe 5f
    # 17 to 32
    movups xmm0, [rsi]
    movups xmm1, [rsi + rax - 16]
    hooks_guarded 8f, movups [rdi], xmm0
    hooks_guarded 8f, movups [rdi + rax - 16], xmm1
    xor eax, eax
    xor edx, edx
    ret
5:  cmp rax, 8
    jb 6f
    mov rcx, [rsi]
    mov r8, [rsi + rax - 8]
    hooks_guarded 8f, mov [rdi], rcx
    hooks_guarded 8f, mov [rdi + rax - 8], r8
    xor eax, eax
    xor edx, edx
    ret
6:  cmp rax, 4
    jb 7f
    mov ecx, [rsi]
    mov r8d, [rsi + rax - 4]
    hooks_guarded 8f, mov [rdi], ecx
    hooks_guarded 8f, mov [rdi + rax - 4], r8d
    xor eax, eax
    xor edx, edx
    ret
7:  test rax, rax
    jz 9f
8:  mov cl, [rsi]
    hooks_guarded 22f, mov [rdi], cl
    inc rsi
    inc rdi
    dec rax
    jnz 8b
9:  xor edx, edx
    ret
22: mov rdx, r11
    ret
    hooks_end __hooks_guarded_write_1

    # The same with AVX, for lengths from 128.
    hooks_function __hooks_guarded_write_avx_1
    mov rax, rdx
    .p2align 4
2:  vmovups ymm0, [rsi]
    vmovups ymm1, [rsi + 32]
    vmovups ymm2, [rsi + 64]
    vmovups ymm3, [rsi + 96]
    hooks_guarded 8f, vmovups [rdi], ymm0
    hooks_guarded 8f, vmovups [rdi + 32], ymm1
    hooks_guarded 8f, vmovups [rdi + 64], ymm2
    hooks_guarded 8f, vmovups [rdi + 96], ymm3
    add rsi, 128
    add rdi, 128
    sub rax, 128
    cmp rax, 128
    jae 2b
8:  vzeroupper
    mov rdx, rax
    jmp __hooks_guarded_write_1
    hooks_end __hooks_guarded_write_avx_1

    # The same with the CPU's own copy.
    hooks_function __hooks_guarded_write_string_1
    mov rcx, rdx
    hooks_guarded 8f, rep movsb
8:  mov rdx, rcx
    jmp __hooks_guarded_write_1
    hooks_end __hooks_guarded_write_string_1

    # (value, kind) = load(guarded from rdi)
    hooks_function __hooks_guarded_load_8_1
    hooks_guarded 22f, mov rax, [rdi]
    xor edx, edx
    ret
22: mov rdx, r11
    ret
    hooks_end __hooks_guarded_load_8_1

    hooks_function __hooks_guarded_load_4_1
    hooks_guarded 22f, mov eax, [rdi]
    xor edx, edx
    ret
22: mov rdx, r11
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
    #[link_name = "__hooks_guarded_read_short_1"]
    fn read_short(to: *mut u8, from: *const u8, length: usize) -> Outcome;
    #[link_name = "__hooks_guarded_read_avx_1"]
    fn read_avx(to: *mut u8, from: *const u8, length: usize) -> Outcome;
    #[link_name = "__hooks_guarded_read_string_1"]
    fn read_string(to: *mut u8, from: *const u8, length: usize) -> Outcome;
    #[link_name = "__hooks_guarded_write_avx_1"]
    fn write_avx(to: *mut u8, from: *const u8, length: usize) -> Outcome;
    #[link_name = "__hooks_guarded_write_string_1"]
    fn write_string(to: *mut u8, from: *const u8, length: usize) -> Outcome;
    #[link_name = "__hooks_guarded_load_4_1"]
    pub(super) fn load_4(from: *const u8) -> Loaded;
    #[link_name = "__hooks_guarded_load_8_1"]
    pub(super) fn load_8(from: *const u8) -> Loaded;
}

/// The fastest way to read few bytes that this CPU has.
pub(super) fn fastest_short_read() -> Copy {
    if std::arch::is_x86_feature_detected!("avx512vl") { read_short } else { read }
}

/// From where on the longer registers pay, and the CPU's own copy where it is a fast one.
const LONG: usize = 256;
const VERY_LONG: usize = 256 * 1024;

/// Of the three ways the fastest for this length that the CPU has.
fn fastest(length: usize, [short, long, very_long]: [Copy; 3]) -> Copy {
    if length >= VERY_LONG && std::arch::is_x86_feature_detected!("ermsb") {
        very_long
    } else if length >= LONG && std::arch::is_x86_feature_detected!("avx") {
        long
    } else {
        short
    }
}

/// # Safety
/// As `read`.
pub(super) unsafe fn read_any(to: *mut u8, from: *const u8, length: usize) -> Outcome {
    // SAFETY: the caller's; the CPU has what this way needs.
    unsafe { fastest(length, [read, read_avx, read_string])(to, from, length) }
}

/// # Safety
/// As `write`.
pub(super) unsafe fn write_any(to: *mut u8, from: *const u8, length: usize) -> Outcome {
    // SAFETY: the caller's; the CPU has what this way needs.
    unsafe { fastest(length, [write, write_avx, write_string])(to, from, length) }
}

/// Where the interrupted instruction is. Async-signal-safe.
pub(super) fn instruction(context: &libc::ucontext_t) -> usize {
    usize::from_ne_bytes(context.uc_mcontext.gregs[libc::REG_RIP as usize].to_ne_bytes())
}

/// Has the thread go on at `fixup`, with `kind` for its result. Async-signal-safe.
pub(super) fn go_on(context: &mut libc::ucontext_t, fixup: usize, kind: usize) {
    let registers = &mut context.uc_mcontext.gregs;
    registers[libc::REG_RIP as usize] = i64::from_ne_bytes(fixup.to_ne_bytes());
    registers[libc::REG_R11 as usize] = i64::from_ne_bytes(kind.to_ne_bytes());
}
