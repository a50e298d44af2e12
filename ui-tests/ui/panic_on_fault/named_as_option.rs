use hooks_runtime::fault::GuardedMap;
use hooks_runtime::panic_on_fault;

#[panic_on_fault(call)]
fn f(call: &GuardedMap) -> impl Future<Output = usize> {
    let length = call.len();
    async move { length }
}

// No choice there: it is the map.
#[panic_on_fault(call)]
fn g(call: &GuardedMap) -> usize {
    call.len()
}

#[panic_on_fault(future)]
async fn h(future: &GuardedMap) -> usize {
    future.len()
}

fn main() {}
