use hooks_runtime::panic_on_fault;

#[panic_on_fault(map)]
struct Index {
    map: u8,
}

fn main() {}
