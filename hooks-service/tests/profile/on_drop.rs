//! Whichever way a program ends, by `?` or a panic, the profile that was asked for is written.

use super::load;
use crate::support::itself;
use hooks_service::profile::{CpuProfile, Error};
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

const WAY: &str = "HOOKS_PROFILE_ENDS_BY";
const FOLDER: &str = "HOOKS_PROFILE_FOLDER";

#[inline(never)]
fn work() {
    load::burn(Duration::from_millis(200));
}

/// The program that ends: nothing, unless it is started for that.
#[test]
fn ends() -> Result<(), Box<dyn std::error::Error>> {
    let Ok(way) = std::env::var(WAY) else { return Ok(()) };
    let path = Path::new(&std::env::var(FOLDER)?).join("profile.folded");
    let running = CpuProfile::builder().write_on_drop(path).start()?;
    work();
    match &*way {
        "panic" => panic!("of the test"),
        "error" => _ = "no number".parse::<u32>()?,
        "stop" => _ = running.stop()?,
        _ => {}
    }
    Ok(())
}

fn run(way: &str, folder: &Path) -> Output {
    command(way, folder).output().unwrap()
}

fn command(way: &str, folder: &Path) -> Command {
    let mut command = itself::command();
    command.args(["--exact", "profile::on_drop::ends", "--nocapture"]);
    command.env(WAY, way).env(FOLDER, folder);
    command
}

#[test]
fn the_profile_is_written_by_a_panic_an_error_and_the_end() {
    for (way, success, said) in
        [("panic", false, "of the test"), ("error", false, "invaliddigit"), ("end", true, "1 passed")]
    {
        let folder = tempfile::tempdir().unwrap();
        let output = run(way, folder.path());
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        assert!(output.status.success() == success && text.to_lowercase().contains(said), "{way}: {text}");
        let written = std::fs::read_to_string(folder.path().join("profile.folded")).unwrap();
        assert!(written.contains("on_drop::work;"), "{way}: {written}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "{way}: nothing else is left");
    }
}

#[test]
fn one_that_is_stopped_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run("stop", folder.path()).status.success());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_name_without_a_format_is_refused_at_the_start_and_a_failure_is_told() {
    let refused = CpuProfile::builder().write_on_drop("cpu.json").start().unwrap_err();
    assert!(matches!(&refused, Error::FileName(name) if name.path == Path::new("cpu.json")), "{refused}");
    let output = run("end", Path::new("/no/such/folder"));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("hooks: the profile could not be written: /no/such/folder/profile.folded: "),
        "{text}"
    );
    assert!(output.status.success(), "it goes on");
}

/// A panic within a drop that unwinds would abort the process.
#[test]
fn a_failure_that_nobody_can_be_told_of_is_no_panic() {
    let (_, nobody_reads) = std::io::pipe().unwrap();
    let output = command("panic", Path::new("/no/such/folder")).stderr(nobody_reads).output().unwrap();
    assert_eq!(output.status.code(), Some(101), "{output:?}");
}
