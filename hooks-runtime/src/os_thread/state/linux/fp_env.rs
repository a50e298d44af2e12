//! The control words of the floating-point unit: rounding, exception masks, flush to zero.

use std::fmt;

/// The sticky exception flags are not part of it: they are results, not state that later code depends on.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct FpEnv {
    /// x86-64: MXCSR without its flags; aarch64: FPCR.
    control: u64,
    /// x86-64: the control word of the x87 unit.
    x87: u16,
}

impl fmt::Display for FpEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if cfg!(target_arch = "x86_64") {
            write!(f, "mxcsr {:#x}, x87 {:#x}", self.control, self.x87)
        } else {
            write!(f, "fpcr {:#x}", self.control)
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl FpEnv {
    const FLAGS: u32 = 0x3f;

    pub(super) fn read() -> FpEnv {
        let (mut mxcsr, mut x87) = (0u32, 0u16);
        // SAFETY: both instructions store to the given places, 4 and 2 bytes, and change no register.
        unsafe {
            std::arch::asm!("stmxcsr [{}]", "fnstcw [{}]", in(reg) &raw mut mxcsr, in(reg) &raw mut x87,
                options(nostack, preserves_flags));
        }
        FpEnv { control: u64::from(mxcsr & !Self::FLAGS), x87 }
    }

    pub(super) fn write(self) {
        let Ok(mxcsr) = u32::try_from(self.control) else { return };
        // SAFETY: the words were read on this thread by `read`, so no reserved bit is set; with them the unit is as the
        // compiler assumes it outside of annotated code.
        unsafe {
            std::arch::asm!("ldmxcsr [{}]", "fldcw [{}]", in(reg) &raw const mxcsr, in(reg) &raw const self.x87,
                options(nostack, preserves_flags));
        }
    }
}

#[cfg(target_arch = "aarch64")]
impl FpEnv {
    pub(super) fn read() -> FpEnv {
        let control: u64;
        // SAFETY: reads a register that every privilege level may read.
        unsafe {
            std::arch::asm!("mrs {}, fpcr", out(reg) control, options(nomem, nostack, preserves_flags))
        };
        FpEnv { control, x87: 0 }
    }

    pub(super) fn write(self) {
        // SAFETY: the word was read on this thread by `read`; with it the unit is as the compiler assumes it outside of
        // annotated code.
        unsafe {
            std::arch::asm!("msr fpcr, {}", in(reg) self.control, options(nomem, nostack, preserves_flags))
        };
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
impl FpEnv {
    pub(super) fn read() -> FpEnv {
        FpEnv::default()
    }

    #[allow(clippy::unused_self)]
    pub(super) fn write(self) {}
}
