use hooks_runtime::at_exit;

struct Log;

impl Log {
    #[at_exit]
    fn flush() {}
}

fn main() {}
