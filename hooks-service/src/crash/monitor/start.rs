//! The side of the process that is watched: starting the monitor and telling it what it needs to know.

use super::watch::VARIABLE;
use super::{entry, names, trace};
use crate::code::{Module, program};
use crate::crash::error::Error;
use crate::crash::identity::Identity;
use crate::crash::output::Monitor;
use crate::crash::sink::{self, MONITOR, MONITOR_WAIT, STDERR_BEFORE_TEE, TEE};
use crate::crash::traceback::Traceback;
use crate::crash::wire::{Kind, Message, Received};
use crate::process::descriptor::duplicate;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

const DUPLICATE: &str = "fcntl(F_DUPFD_CLOEXEC)";

/// A monitor that is ready.
pub(in crate::crash) struct Watch {
    socket: OwnedFd,
    /// What is to become stderr, and what stderr is now.
    tee: Option<(OwnedFd, OwnedFd)>,
    wait: Duration,
}

/// Starts the monitor of this process, which writes to `file` and knows what it is `told` of the process.
pub(in crate::crash) fn start(
    monitor: &Monitor,
    file: &OwnedFd,
    modules: &[Module],
    told: (&Identity, Traceback),
) -> Result<Watch, Error> {
    entry::check()?;
    let (ours, theirs) = socket_pair()?;
    let (read, tee) = if monitor.tee { tee()? } else { (None, None) };
    let file = file.try_clone().map_err(Error::kernel(DUPLICATE))?;
    let mut command = command(read.as_ref());
    let spawned = command.stdin(theirs).stdout(file).spawn();
    let child = spawned.map_err(Error::kernel("starting the crash monitor"))?;
    // The monitor's ends are closed here, so that its death shows.
    drop((command, read));
    await_ready(&ours, child)?;
    let socket = duplicate(ours.as_fd()).map_err(Error::kernel(DUPLICATE))?;
    sink::send(socket.as_raw_fd(), &about(told));
    for module in modules {
        sink::send(socket.as_raw_fd(), &names::module_message(module));
    }
    Ok(Watch { socket, tee, wait: monitor.wait })
}

impl Watch {
    /// Nothing is in use after an error: the monitor sees the socket closed, and ends.
    pub(in crate::crash) fn take_into_use(self) -> Result<(), Error> {
        let wait = u32::try_from(self.wait.as_millis()).unwrap_or(u32::MAX);
        MONITOR_WAIT.store(wait, Relaxed);
        if let Some((write, before)) = self.tee {
            // SAFETY: replaces stderr by the pipe to the monitor.
            if unsafe { libc::dup2(write.as_raw_fd(), libc::STDERR_FILENO) } < 0 {
                return Err(Error::last("dup2"));
            }
            STDERR_BEFORE_TEE.keep(before);
            TEE.remember(libc::STDERR_FILENO);
        }
        MONITOR.keep(self.socket);
        trace::imp::hand_over();
        Ok(())
    }
}

fn about((identity, level): (&Identity, Traceback)) -> Message {
    let mut message = Message::new(Kind::About);
    message.bytes(format!("{} {identity}", level as u8).as_bytes());
    message
}

/// A socket keeps the bounds of messages, and has two directions.
fn socket_pair() -> Result<(OwnedFd, OwnedFd), Error> {
    let mut sockets = [-1; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: writes two numbers into the local.
    if unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, sockets.as_mut_ptr()) } != 0 {
        return Err(Error::last("socketpair"));
    }
    // SAFETY: both are new and ours.
    Ok(unsafe { (OwnedFd::from_raw_fd(sockets[0]), OwnedFd::from_raw_fd(sockets[1])) })
}

type Tee = (Option<OwnedFd>, Option<(OwnedFd, OwnedFd)>);

fn tee() -> Result<Tee, Error> {
    let (read, write) = io::pipe().map_err(Error::kernel("pipe2"))?;
    let before = duplicate(io::stderr().as_fd()).map_err(Error::kernel(DUPLICATE))?;
    Ok((Some(read.into()), Some((write.into(), before))))
}

/// This program, by the file that is running: also where that was replaced or removed meanwhile.
fn command(read: Option<&OwnedFd>) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.args(program::for_the_linker().unwrap_or_default());
    // What lists of processes show.
    let mut name = std::env::args_os().next().unwrap_or_default();
    name.push(" [crash monitor]");
    command.arg0(name);
    let Some(number) = read.map(AsRawFd::as_raw_fd) else {
        command.env(VARIABLE, "");
        return command;
    };
    command.env(VARIABLE, number.to_string());
    let keep = move || {
        // SAFETY: the child's copy of the descriptor; the call is async-signal-safe.
        if unsafe { libc::fcntl(number, libc::F_SETFD, 0) } < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(())
        }
    };
    // SAFETY: `keep` makes one system call.
    unsafe { command.pre_exec(keep) };
    command
}

/// The child that was started makes the monitor, so that it is nobody's child here, and ends.
fn await_ready(socket: &OwnedFd, mut child: Child) -> Result<(), Error> {
    const PATIENCE: i32 = 10_000;
    let mut bytes = [0_u8; 16];
    let answered = sink::ready(socket.as_raw_fd(), libc::POLLIN, PATIENCE);
    if !answered {
        let _ = child.kill();
    }
    // SAFETY: writes into the local.
    let read =
        unsafe { libc::recv(socket.as_raw_fd(), bytes.as_mut_ptr().cast(), bytes.len(), libc::MSG_DONTWAIT) };
    // No status where the program ignores SIGCHLD.
    let status = child.wait().ok();
    let message = usize::try_from(read).ok().and_then(|read| Received::new(bytes.get(..read)?));
    if message.is_some_and(|message| message.kind == Kind::Ready) {
        Ok(())
    } else {
        Err(Error::NoMonitor { status })
    }
}
