//! Names for addresses of callers, and of functions.

use super::frame::Frame;
#[cfg(sampler)]
use crate::code::{self, symbols::Symbols};

/// How names of functions of this folder begin, of their types' own `<hooks_service::capture::..>::..`.
#[cfg(sampler)]
const OWN: &str = "hooks_service::capture::";

/// The functions of callers that were taken at an edition of the map of loaded code.
#[cfg(sampler)]
pub(super) fn frames(callers: &[usize], edition: u64) -> Vec<Frame> {
    let modules = code::current().modules_at(edition);
    // The call is the instruction before the one that it returns to.
    let calls = || callers.iter().map(|&address| (address as u64).wrapping_sub(1));
    let symbols = Symbols::resolve(&modules, calls());
    let frames_of = |(&address, call)| {
        let frames = symbols.frames(call);
        let frame = move |(depth, frame)| Frame::new(address, frame, depth + 1 < frames.len());
        frames.iter().enumerate().map(frame)
    };
    let mut frames: Vec<_> = callers.iter().zip(calls()).flat_map(frames_of).collect();
    if frames.first().is_some_and(is_own) {
        frames.remove(0);
    }
    frames
}

/// `here` and its like are put into the function that calls them. Debug information that has inlined calls has this one too,
/// as the innermost; other debug information has none, so there is no counting them beforehand.
#[cfg(sampler)]
fn is_own(innermost: &Frame) -> bool {
    innermost.is_inlined() && innermost.function().trim_start_matches('<').starts_with(OWN)
}

#[cfg(not(sampler))]
pub(super) fn frames(_callers: &[usize], _edition: u64) -> Vec<Frame> {
    Vec::new()
}

/// The function that holds the instruction at `address`; `None` where no code is loaded, and on systems other than Linux
/// on x86-64 and aarch64.
///
/// Of calls that were inlined there it is the one that they were put into. An address that a call returns to belongs to the
/// instruction after the call, perhaps of another function: ask for the one before, or use
/// [`Callers::frames`](super::Callers::frames). Go: `runtime.FuncForPC`.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use hooks_service::capture;
///
/// fn handler() {}
/// let function = capture::function_at(handler as fn() as usize).unwrap();
/// assert!(function.function().ends_with("handler"), "{function}");
/// # }
/// ```
///
/// # Cost
/// That of [`Callers::frames`](super::Callers::frames) for one address.
#[cfg(sampler)]
pub fn function_at(address: usize) -> Option<Frame> {
    let code = code::current();
    let module = code.module(address as u64)?.clone();
    let symbols = Symbols::resolve(&[module], [address as u64]);
    symbols.frames(address as u64).last().map(|frame| Frame::new(address, frame, false))
}

/// In place of the map of loaded code where there is none.
#[cfg(not(sampler))]
pub fn function_at(_address: usize) -> Option<Frame> {
    None
}

#[cfg(all(test, sampler))]
mod tests {
    use super::*;
    use crate::code::symbols;

    #[test]
    fn what_is_put_into_the_function_that_asks_is_ours_and_no_namesake() {
        assert!(module_path!().starts_with(OWN));
        let frame = |function: &str, inlined| {
            let (function, symbol) = (function.into(), function.into());
            Frame::new(1, &symbols::Frame { function, symbol, file: None, line: 1, named: true }, inlined)
        };
        for ours in [
            "hooks_service::capture::callers::Callers::here",
            "<hooks_service::capture::callers::Callers<8>>::nearest",
            "hooks_service::capture::labelled_callers::<impl hooks_service::capture::callers::Callers>::here_with_labels",
        ] {
            assert!(is_own(&frame(ours, true)) && !is_own(&frame(ours, false)), "{ours}");
        }
        for theirs in [
            "shop::hooks_service::capture::callers::load",
            "<shop::Order as shop::Load<hooks_service::capture::callers::Callers>>::load",
            "shop::load::<hooks_service::capture::callers::Callers>",
        ] {
            assert!(!is_own(&frame(theirs, true)), "{theirs}");
        }
    }
}
