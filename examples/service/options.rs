//! The command line.

use hooks_service::profile::{FREQUENCIES, SamplerError};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

pub(crate) const USAGE: &str = "\
usage: service [--seconds N] [--hz N] [--port N] [--crash-file PATH] [--serve]
               [--trace PATH] [--flight-recorder DIR]

  --seconds N        how long the load lasts (5)
  --hz N             samples a second of CPU time (999)
  --port N           where to listen on 127.0.0.1 (0: any free port)
  --crash-file PATH  where the last words go besides stderr; a monitor adds names
  --trace PATH       what every task and thread does, for ui.perfetto.dev; some clients then ask for a slow route
  --flight-recorder DIR
                     the last seconds there when a region is slow, and on SIGUSR2; the same clients
  --serve            stay up after the report
  --help             print this";

pub(crate) enum Request {
    Help,
    Serve(Options),
}

/// What was asked for.
pub(crate) struct Options {
    pub(crate) duration: Duration,
    pub(crate) hz: u32,
    /// 0: any free one.
    pub(crate) port: u16,
    pub(crate) crash_file: Option<PathBuf>,
    pub(crate) serve: bool,
    pub(crate) trace: Option<PathBuf>,
    pub(crate) flight_recorder: Option<PathBuf>,
}

/// Above the kernel's own ticks: where perf events are allowed, a sample is taken after each millisecond of a thread's time.
/// Slower timers are looked at when the kernel ticks, and on a busy machine it also takes processors from threads then: such
/// samples are not independent of each other, and rows are off by more than chance.
const HZ: u32 = 999;

/// Reads the command line; the error says what is wrong with it.
pub(crate) fn from_args() -> Result<Request, String> {
    let mut options = Options {
        duration: Duration::from_secs(5),
        hz: HZ,
        port: 0,
        crash_file: None,
        serve: false,
        trace: None,
        flight_recorder: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seconds" => options.duration = Duration::from_secs(number(&argument, arguments.next())?),
            "--hz" => options.hz = frequency(number(&argument, arguments.next())?)?,
            "--port" => options.port = number(&argument, arguments.next())?,
            "--crash-file" => options.crash_file = Some(path(&argument, arguments.next())?),
            "--trace" => options.trace = Some(path(&argument, arguments.next())?),
            "--flight-recorder" => options.flight_recorder = Some(path(&argument, arguments.next())?),
            "--serve" => options.serve = true,
            "--help" | "-h" => return Ok(Request::Help),
            _ => return Err(format!("unknown argument {argument}")),
        }
    }
    Ok(Request::Serve(options))
}

fn frequency(hz: u32) -> Result<u32, String> {
    if FREQUENCIES.contains(&hz) { Ok(hz) } else { Err(format!("--hz: {}", SamplerError::Frequency { hz })) }
}

fn path(argument: &str, value: Option<String>) -> Result<PathBuf, String> {
    value.map(Into::into).ok_or_else(|| format!("{argument} needs a path"))
}

fn number<N: FromStr>(argument: &str, value: Option<String>) -> Result<N, String> {
    let value = value.ok_or_else(|| format!("{argument} needs a number"))?;
    value.parse().map_err(|_| format!("{argument} {value}: not a number in range"))
}
