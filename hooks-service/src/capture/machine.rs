//! SIGNAL HANDLER. What differs between processors: registers of an interrupted thread, its thread pointer, a call on another stack.

use framehop::UnwindRegsNative;
use std::arch::asm;
use std::ffi::c_void;

/// Registers of an interrupted thread, as the unwinder needs them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Registers {
    pub(crate) pc: u64,
    pub(crate) sp: u64,
    pub(crate) fp: u64,
    /// The return address of a function that has not saved it.
    #[cfg(target_arch = "aarch64")]
    pub(crate) lr: u64,
}

impl Registers {
    /// Those of the calling thread, in the function that this is put into. Async-signal-safe.
    #[expect(clippy::inline_always, reason = "the caller's registers are wanted")]
    #[inline(always)]
    pub(crate) fn here() -> Self {
        let (pc, sp, fp);
        // SAFETY: reads registers. All at one place: the unwind tables hold for each instruction.
        #[cfg(target_arch = "x86_64")]
        unsafe {
            asm!(
                "lea {pc}, [rip]", "mov {sp}, rsp", "mov {fp}, rbp",
                pc = out(reg) pc, sp = out(reg) sp, fp = out(reg) fp,
                options(nomem, nostack, preserves_flags),
            );
        }
        #[cfg(target_arch = "aarch64")]
        let lr;
        // SAFETY: as above.
        #[cfg(target_arch = "aarch64")]
        unsafe {
            asm!(
                "adr {pc}, .", "mov {sp}, sp", "mov {fp}, x29", "mov {lr}, x30",
                pc = out(reg) pc, sp = out(reg) sp, fp = out(reg) fp, lr = out(reg) lr,
                options(nomem, nostack, preserves_flags),
            );
        }
        Self {
            pc,
            sp,
            fp,
            #[cfg(target_arch = "aarch64")]
            lr,
        }
    }

    /// Those that a signal handler was given. Async-signal-safe.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn of(context: &libc::ucontext_t) -> Self {
        let register =
            |index: libc::c_int| context.uc_mcontext.gregs[index.unsigned_abs() as usize].cast_unsigned();
        Self { pc: register(libc::REG_RIP), sp: register(libc::REG_RSP), fp: register(libc::REG_RBP) }
    }

    /// Those that a signal handler was given. Async-signal-safe.
    #[cfg(target_arch = "aarch64")]
    pub(crate) fn of(context: &libc::ucontext_t) -> Self {
        let machine = &context.uc_mcontext;
        Self { pc: machine.pc, sp: machine.sp, fp: machine.regs[29], lr: machine.regs[30] }
    }
}

/// Where the interrupted thread was: program counter, stack pointer and what the unwinder starts from.
pub(crate) struct Interruption {
    pub(crate) pc: u64,
    pub(crate) sp: u64,
    pub(crate) registers: UnwindRegsNative,
}

/// Highest address of user space plus one, on both processors with four-level page tables or five.
const USER_SPACE: u64 = 1 << 56;

impl Interruption {
    /// The start of a walk. `_code_end` is for processors that sign return addresses.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn new(registers: &Registers, _code_end: u64) -> Self {
        let Registers { pc, sp, fp } = *registers;
        Self { pc, sp, registers: UnwindRegsNative::new(pc, sp, plausible(fp)) }
    }

    /// The start of a walk. Bits above `code_end` in a return address are its signature and are stripped.
    #[cfg(target_arch = "aarch64")]
    pub(crate) fn new(registers: &Registers, code_end: u64) -> Self {
        let Registers { pc, sp, fp, lr } = *registers;
        let mask = framehop::aarch64::PtrAuthMask::from_max_known_address(code_end.max(1 << 47));
        Self { pc, sp, registers: UnwindRegsNative::new_with_ptr_auth_mask(mask, lr, sp, plausible(fp)) }
    }
}

/// A frame pointer may be any number in code built without frame pointers. What is no address becomes 0, so that no
/// sum that the unwinder makes of it overflows.
fn plausible(frame_pointer: u64) -> u64 {
    if frame_pointer < USER_SPACE { frame_pointer } else { 0 }
}

/// Applies [`plausible`] to registers that the unwinder recovered.
pub(crate) fn sanitize(registers: &mut UnwindRegsNative) {
    #[cfg(target_arch = "x86_64")]
    registers.set_bp(plausible(registers.bp()));
    #[cfg(target_arch = "aarch64")]
    registers.set_fp(plausible(registers.fp()));
}

/// The thread pointer: address of the thread's control block, which tells threads apart without a call to the kernel.
#[cfg(target_arch = "x86_64")]
pub(crate) fn thread_pointer() -> u64 {
    let pointer: u64;
    // SAFETY: the ABI puts the control block's own address at its start; this only reads it.
    unsafe { asm!("mov {}, fs:[0]", out(reg) pointer, options(nostack, preserves_flags, readonly)) };
    pointer
}

/// The thread pointer: address of the thread's control block, which tells threads apart without a call to the kernel.
#[cfg(target_arch = "aarch64")]
pub(crate) fn thread_pointer() -> u64 {
    let pointer: u64;
    // SAFETY: reads a register that user space may read.
    unsafe { asm!("mrs {}, tpidr_el0", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}

/// Calls `f(argument)` with the stack pointer at `top`, and comes back to this stack.
///
/// # Safety
/// `top` is the end, 16-byte aligned, of a stack that nobody else uses and that is deep enough for `f`. No signal whose
/// handler uses the thread's alternate stack may arrive meanwhile: the kernel could not see that we still use that one.
#[cfg(target_arch = "x86_64")]
pub(crate) unsafe fn call_on_stack(top: *mut u8, f: extern "C" fn(*mut c_void), argument: *mut c_void) {
    // SAFETY: r12 is preserved by `f` (C ABI) and declared as clobbered here; the rest is the caller's promise.
    unsafe {
        asm!(
            "mov r12, rsp",
            "mov rsp, {top}",
            "call {f}",
            "mov rsp, r12",
            top = in(reg) top,
            f = in(reg) f,
            in("rdi") argument,
            out("r12") _,
            clobber_abi("C"),
        );
    }
}

/// Calls `f(argument)` with the stack pointer at `top`, and comes back to this stack.
///
/// # Safety
/// `top` is the end, 16-byte aligned, of a stack that nobody else uses and that is deep enough for `f`. No signal whose
/// handler uses the thread's alternate stack may arrive meanwhile: the kernel could not see that we still use that one.
#[cfg(target_arch = "aarch64")]
pub(crate) unsafe fn call_on_stack(top: *mut u8, f: extern "C" fn(*mut c_void), argument: *mut c_void) {
    // SAFETY: x20 is preserved by `f` (C ABI) and declared as clobbered here; the rest is the caller's promise.
    unsafe {
        asm!(
            "mov x20, sp",
            "mov sp, {top}",
            "blr {f}",
            "mov sp, x20",
            top = in(reg) top,
            f = in(reg) f,
            in("x0") argument,
            out("x20") _,
            clobber_abi("C"),
        );
    }
}
