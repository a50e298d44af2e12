//! How a scope calls [`first_scope`](super::first_scope): once a thread, from a place that is run billions of times.
//!
//! An ordinary call there makes every annotated fn save the registers that it may clobber, which is half of what a
//! scope costs. So on x86-64 the callee saves them.

use super::{Frame, first_scope};

/// Calls `first_scope` and spares the caller's general registers.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[inline]
pub(super) fn scope() -> *const Frame {
    let root: *const Frame;
    // SAFETY: `spare_registers` calls what `rax` points to by the C convention, and gives back all general registers
    // but `rax` itself, which holds the result; the vector and mask registers are declared as lost. The stack is
    // aligned here as for any call, and there is no red zone below it, since `nostack` is not promised.
    unsafe {
        std::arch::asm!(
            "call {spare_registers}",
            spare_registers = in(reg) SPARE_REGISTERS,
            inout("rax") first_scope as extern "C" fn() -> *const Frame => root,
            out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _,
            out("xmm4") _, out("xmm5") _, out("xmm6") _, out("xmm7") _,
            out("xmm8") _, out("xmm9") _, out("xmm10") _, out("xmm11") _,
            out("xmm12") _, out("xmm13") _, out("xmm14") _, out("xmm15") _,
            out("xmm16") _, out("xmm17") _, out("xmm18") _, out("xmm19") _,
            out("xmm20") _, out("xmm21") _, out("xmm22") _, out("xmm23") _,
            out("xmm24") _, out("xmm25") _, out("xmm26") _, out("xmm27") _,
            out("xmm28") _, out("xmm29") _, out("xmm30") _, out("xmm31") _,
            out("k1") _, out("k2") _, out("k3") _, out("k4") _,
            out("k5") _, out("k6") _, out("k7") _,
            out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
            out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
        );
    }
    root
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
unsafe extern "C" {
    #[link_name = "__hooks_spare_registers"]
    fn spare_registers();
}

/// Its address in something that a Rust `dylib` exports, as it does not export symbols of assembly: expansions in
/// crates that link to it come here.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
static SPARE_REGISTERS: unsafe extern "C" fn() = spare_registers;

// Weak: two versions of this crate in one program both have it, and it is the same in both.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
std::arch::global_asm!(
    ".pushsection .text.__hooks_spare_registers,\"ax\",@progbits",
    ".weak __hooks_spare_registers",
    ".hidden __hooks_spare_registers",
    ".type __hooks_spare_registers,@function",
    "__hooks_spare_registers:",
    ".cfi_startproc",
    "push rcx\n push rdx\n push rsi\n push rdi\n push r8\n push r9\n push r10\n push r11\n sub rsp, 8",
    ".cfi_adjust_cfa_offset 72",
    "call rax",
    "add rsp, 8\n pop r11\n pop r10\n pop r9\n pop r8\n pop rdi\n pop rsi\n pop rdx\n pop rcx",
    ".cfi_adjust_cfa_offset -72",
    "ret",
    ".cfi_endproc",
    ".size __hooks_spare_registers, . - __hooks_spare_registers",
    ".popsection",
);

/// Calls `first_scope`.
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
#[cold]
pub(super) fn scope() -> *const Frame {
    first_scope()
}
