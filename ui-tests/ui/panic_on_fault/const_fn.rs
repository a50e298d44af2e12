use hooks_runtime::fault::GuardedMap;
use hooks_runtime::panic_on_fault;

#[panic_on_fault(map)]
const fn length(map: &GuardedMap) -> usize {
    size_of_val(map)
}

fn main() {}
