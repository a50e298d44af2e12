//! The command line.

use std::str::FromStr;
use std::time::Duration;

const USAGE: &str = "usage: service [--seconds N] [--hz N] [--port N] [--serve]";

/// What was asked for.
pub(crate) struct Options {
    pub(crate) duration: Duration,
    pub(crate) hz: u32,
    /// 0: any free one.
    pub(crate) port: u16,
    pub(crate) serve: bool,
}

impl Options {
    pub(crate) fn from_args() -> Result<Self, String> {
        let mut options = Options { duration: Duration::from_secs(5), hz: 250, port: 0, serve: false };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--seconds" => options.duration = Duration::from_secs(number(&argument, arguments.next())?),
                "--hz" => options.hz = number(&argument, arguments.next())?,
                "--port" => options.port = number(&argument, arguments.next())?,
                "--serve" => options.serve = true,
                _ => return Err(format!("unknown argument {argument}; {USAGE}")),
            }
        }
        Ok(options)
    }
}

fn number<N: FromStr>(argument: &str, value: Option<String>) -> Result<N, String> {
    let value = value.ok_or_else(|| format!("{argument} needs a number; {USAGE}"))?;
    value.parse().map_err(|_| format!("{argument} {value}: not a number in range; {USAGE}"))
}
