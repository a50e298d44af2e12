//! The real `go tool pprof`, for tests. Where Go is says `HOOKS_GO` (`cargo xtask test` sets it), else it is `go` on
//! the PATH. Without Go a test fails.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A profile in a file of its own, and the tool to look at it.
pub(crate) struct Pprof {
    folder: tempfile::TempDir,
}

/// `pprof -http` at work; killed when dropped.
pub(crate) struct Server<'profile> {
    _profile: &'profile Pprof,
    process: Child,
    address: SocketAddr,
}

impl Pprof {
    /// Saves what `write` writes.
    pub(crate) fn new(write: impl FnOnce(std::fs::File) -> std::io::Result<()>) -> Self {
        let pprof = Pprof { folder: tempfile::tempdir().unwrap() };
        write(std::fs::File::create(pprof.file()).unwrap()).unwrap();
        pprof
    }

    /// What `go tool pprof ARGUMENTS FILE` prints. A complaint on the error stream fails the test.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let (text, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        // How it reads `-tagfocus=size=1kb:4kb` is a remark, and the wanted reading.
        let complains = errors.lines().any(|line| !line.contains("as range, not regexp"));
        assert!(output.status.success() && !complains, "go tool pprof {arguments:?} says:\n{errors}{text}");
        text.into_owned()
    }

    /// The function and its own and cumulative time of each row of `-top`.
    pub(crate) fn top(&self, arguments: &[&str]) -> Vec<(String, String, String)> {
        let text = self.run(&[&["-top", "-nodefraction=0", "-nodecount=1000"], arguments].concat());
        let rows = text.lines().skip_while(|line| !line.contains("flat%")).skip(1);
        rows.map(row).collect()
    }

    /// Starts the web interface and waits until it answers.
    pub(crate) fn serve(&self) -> Server<'_> {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = self.command();
        command.arg("-no_browser").arg(format!("-http={address}")).arg(self.file());
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut server = Server { _profile: self, process, address };
        server.wait();
        server
    }

    fn output(&self, arguments: &[&str]) -> Output {
        let mut command = self.command();
        command.args(arguments).arg(self.file());
        command.output().unwrap_or_else(|error| panic!("cannot run {}: {error}", go().display()))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(go());
        command.args(["tool", "pprof"]).env("GOTOOLCHAIN", "local").env("GOFLAGS", "-mod=mod");
        command
            .current_dir(&self.folder)
            .env("PPROF_TMPDIR", self.folder.path())
            .env("PPROF_BINARY_PATH", "/nowhere");
        command
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("profile.pb.gz")
    }
}

fn go() -> PathBuf {
    std::env::var_os("HOOKS_GO").map_or_else(|| "go".into(), PathBuf::from)
}

/// `flat flat% sum% cum cum% name`.
fn row(line: &str) -> (String, String, String) {
    let fields: Vec<&str> = line.split_whitespace().collect();
    (fields[5..].join(" "), fields[0].to_owned(), fields[3].to_owned())
}

impl Server<'_> {
    /// The status line and the page, redirections followed.
    pub(crate) fn get(&self, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        let (status, page) = answer.split_once("\r\n").unwrap();
        match page.lines().find_map(|line| line.strip_prefix("Location: ")) {
            Some(other) => self.get(&format!("/ui/{}", other.trim_start_matches("/ui/"))),
            None => (status.to_owned(), page.to_owned()),
        }
    }

    fn wait(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while TcpStream::connect(self.address).is_err() {
            let ended = self.process.try_wait().unwrap();
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "go tool pprof -http does not serve: {ended:?}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
