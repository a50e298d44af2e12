use hooks_runtime::labels::LabelValue;

struct Tenant(u32);

impl LabelValue for Tenant {}

fn main() {
    let _ = Tenant(1).0;
}
