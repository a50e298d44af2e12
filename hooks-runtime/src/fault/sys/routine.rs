//! What the routines of assembly have in common on all machines: what they take and return, and the table of the instructions
//! that may fault, which their text begins with.

/// What a guarded copy came to.
#[repr(C)]
#[derive(Clone, Copy)]
pub(in crate::fault) struct Outcome {
    /// Bytes that were not copied; 0 if all were.
    pub(in crate::fault) left: usize,
    /// Why not: the number of a [`Kind`].
    pub(in crate::fault) kind: usize,
}

/// What a guarded load came to.
#[repr(C)]
#[derive(Clone, Copy)]
pub(in crate::fault) struct Loaded {
    pub(in crate::fault) value: u64,
    /// 0, or the number of a [`Kind`].
    pub(in crate::fault) kind: usize,
}

/// Why an instruction faulted, as the handler passes it to the fixup. None is 0.
#[repr(usize)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::fault) enum Kind {
    Lost = 1,
    NotMapped = 2,
    NotPermitted = 3,
    MemoryFailure = 4,
}

pub(super) type Copy = unsafe extern "C" fn(*mut u8, *const u8, usize) -> Outcome;
pub(super) type Load = unsafe extern "C" fn(*const u8) -> Loaded;

/// Macros of the assembler: `hooks_guarded` stands before an instruction that may fault and says where execution goes on if it
/// does; `hooks_function` and `hooks_end` stand round a function.
macro_rules! prelude {
    () => {
        r#"
    .macro hooks_guarded fixup:req, instruction:vararg
77: \instruction
    .pushsection .rodata.__hooks_fault_table_1,"a",@progbits
    .long 77b - ., \fixup - .
    .popsection
    .endm

    .macro hooks_function name:req
    .p2align 4
    .weak \name
    .hidden \name
    .type \name,@function
\name:
    .cfi_startproc
    .endm

    .macro hooks_end name:req
    .cfi_endproc
    .size \name, . - \name
    .endm

    .pushsection .rodata.__hooks_fault_table_1,"a",@progbits
    .p2align 2
    .weak __hooks_fault_table_1
    .hidden __hooks_fault_table_1
__hooks_fault_table_1:
    .popsection
"#
    };
}
pub(super) use prelude;
