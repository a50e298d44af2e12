//! Perfetto's own trace processor, for tests. Where it is says `HOOKS_TRACE_PROCESSOR` (`cargo xtask test` sets it); it runs in
//! node, that of `HOOKS_NODE` or on `PATH`. Without one of them a test fails.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A trace, as the trace processor has read it.
pub(crate) struct Processor {
    process: Child,
    pipes: RefCell<(ChildStdin, BufReader<ChildStdout>)>,
    _file: tempfile::NamedTempFile,
}

impl Processor {
    /// Reads a trace. One that it finds faults in fails the test.
    pub(crate) fn load(trace: &[u8]) -> Self {
        let processor = Self::load_with_faults(trace);
        assert_eq!(processor.faults(), [[""; 0]; 0], "what the trace processor finds at fault");
        processor
    }

    /// Reads a trace that is not whole, for instance.
    pub(crate) fn load_with_faults(trace: &[u8]) -> Self {
        let folder = std::env::var_os("HOOKS_TRACE_PROCESSOR");
        let folder =
            folder.expect("HOOKS_TRACE_PROCESSOR says where it is: `cargo xtask test tests` sets it");
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(trace).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/trace_processor.mjs");
        let mut node = Command::new(std::env::var_os("HOOKS_NODE").unwrap_or_else(|| "node".into()));
        node.arg(script).arg(folder).arg(file.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = node.spawn().unwrap_or_else(|error| panic!("cannot run node: {error}"));
        let pipes = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        Processor { process, pipes: RefCell::new(pipes), _file: file }
    }

    /// Names and numbers of what it says went wrong.
    pub(crate) fn faults(&self) -> Vec<Vec<String>> {
        self.rows("select name, value from stats where severity in ('error', 'data_loss') and value > 0")
    }

    /// The rows of a query, each column as text; nothing where it is null.
    pub(crate) fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        let (input, output) = &mut *self.pipes.borrow_mut();
        writeln!(input, "{}", sql.replace('\n', " ")).unwrap();
        let mut rows = Vec::new();
        loop {
            let mut line = String::new();
            assert!(output.read_line(&mut line).unwrap() > 0, "the trace processor has ended, see above");
            let line = line.trim_end_matches('\n');
            match line.strip_prefix('=') {
                Some(row) => rows.push(row.split('\t').map(str::to_owned).collect()),
                None if line == "." => return rows,
                None => panic!("{sql}\n{line}"),
            }
        }
    }

    /// The only column of each row.
    pub(crate) fn column(&self, sql: &str) -> Vec<String> {
        self.rows(sql).into_iter().map(|row| row.join("\t")).collect()
    }

    /// The number that a query has as its only row.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        let rows = self.column(sql);
        rows.first().and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{sql}: {rows:?}"))
    }
}

impl Drop for Processor {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
