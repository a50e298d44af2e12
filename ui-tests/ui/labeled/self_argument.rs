use hooks_runtime::labeled;

struct Handler {
    name: String,
}

impl Handler {
    #[labeled(self)]
    fn name(&self) -> &str {
        &self.name
    }
}

fn main() {}
