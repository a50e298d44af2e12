use hooks_runtime::fault::GuardedMap;

fn slice(map: &GuardedMap) -> &[u8] {
    map
}

fn main() {}
