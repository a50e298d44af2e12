//! What the assembly of all machines begins with: the table of the instructions that may fault.

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
