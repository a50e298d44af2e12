use hooks_runtime::fault::GuardedMap;

fn first(map: &GuardedMap) -> u8 {
    map[0]
}

fn slice(map: &GuardedMap) -> &[u8] {
    map
}

fn main() {}
