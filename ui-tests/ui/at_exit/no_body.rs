use hooks_runtime::at_exit;

trait Flush {
    #[at_exit]
    fn flush();
}

fn main() {}
