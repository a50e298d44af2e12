use hooks_runtime::fault::GuardedMap;
use hooks_runtime::panic_on_fault;

trait First {
    #[panic_on_fault(map)]
    fn first(&self, map: &GuardedMap) -> u8;
}

fn main() {}
