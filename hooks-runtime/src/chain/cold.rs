//! The ways of a scope that are rare: the first one of a thread, and one that is left out of order. They are called from
//! places that are run billions of times.
//!
//! An ordinary call there makes every annotated fn save the registers that it may clobber, which is half of what a
//! scope costs. So on x86-64 the callee saves them.

use super::Frame;

#[cfg(all(target_arch = "x86_64", kernel))]
mod sparing {
    use super::Frame;

    /// Calls a fn and spares the caller's general registers but `rax`.
    macro_rules! call {
        ($function:expr $(, $argument:expr)?) => {{
            let result: *const Frame;
            // SAFETY: `spare_registers` calls what `rax` points to by the C convention, and gives back all general
            // registers but `rax` itself, which holds the result; the vector and mask registers are declared as lost.
            // The stack is aligned here as for any call, and there is no red zone below it, since `nostack` is not
            // promised.
            unsafe {
                std::arch::asm!(
                    "call {spare_registers}",
                    spare_registers = in(reg) SPARE_REGISTERS,
                    $(in("rdi") $argument,)?
                    inout("rax") $function => result,
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
            result
        }};
    }

    #[cold]
    #[inline]
    pub(crate) fn first_scope() -> *const Frame {
        call!(super::super::first_scope as extern "C" fn() -> *const Frame)
    }

    #[cold]
    #[inline]
    pub(crate) fn left_out_of_order(frame: *const Frame) {
        let _: *const Frame =
            call!(super::super::left_out_of_order as extern "C" fn(*const Frame) -> *const Frame, frame);
    }

    unsafe extern "C" {
        #[link_name = "__hooks_spare_registers"]
        fn spare_registers();
    }

    /// Its address in something that a Rust `dylib` exports, as it does not export symbols of assembly: expansions in
    /// crates that link to it come here.
    static SPARE_REGISTERS: unsafe extern "C" fn() = spare_registers;

    // Weak: a library that is loaded may have another version of this crate, and it is the same in both.
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
}

#[cfg(not(all(target_arch = "x86_64", kernel)))]
mod sparing {
    use super::Frame;

    #[cold]
    pub(crate) fn first_scope() -> *const Frame {
        super::super::first_scope()
    }

    #[cold]
    pub(crate) fn left_out_of_order(frame: *const Frame) {
        super::super::left_out_of_order(frame);
    }
}

pub(super) use sparing::{first_scope, left_out_of_order};
