//! A message as the kernel gives it, with the descriptor that came along.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

/// Takes the next message of `socket`: its bytes, which are in `bytes`, and the descriptor. No bytes: it is closed.
pub(super) fn receive(socket: RawFd, bytes: &mut [u8]) -> io::Result<(&[u8], Option<OwnedFd>)> {
    let mut part = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    let mut control = Control::new();
    // SAFETY: all zeroes is a header without anything.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    (header.msg_iov, header.msg_iovlen) = (&raw mut part, 1);
    control.lend_to(&mut header);
    // SAFETY: the header points to locals and to `bytes`, with their lengths.
    let read = unsafe { libc::recvmsg(socket, &raw mut header, libc::MSG_CMSG_CLOEXEC) };
    let read = usize::try_from(read).map_err(|_| io::Error::last_os_error())?;
    Ok((bytes.get(..read).unwrap_or_default(), Control::descriptor(&header)))
}

/// Sends a message with a descriptor. What the other side is too slow for, or not there for, is lost.
pub(super) fn send(socket: RawFd, bytes: &[u8], descriptor: RawFd) {
    let mut part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let mut control = Control::new();
    // SAFETY: as above.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    (header.msg_iov, header.msg_iovlen) = (&raw mut part, 1);
    control.lend_to(&mut header);
    // SAFETY: the header has room for one descriptor, which is written there.
    unsafe {
        let message = libc::CMSG_FIRSTHDR(&raw const header);
        (*message).cmsg_level = libc::SOL_SOCKET;
        (*message).cmsg_type = libc::SCM_RIGHTS;
        (*message).cmsg_len = libc::CMSG_LEN(ONE) as _;
        libc::CMSG_DATA(message).cast::<RawFd>().write_unaligned(descriptor);
        libc::sendmsg(socket, &raw const header, libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT);
    }
}

/// Bytes of a descriptor.
const ONE: u32 = 4;
const _: () = assert!(size_of::<RawFd>() == 4);

/// Room for what comes along: one descriptor.
#[repr(C, align(8))]
struct Control([u8; 64]);

impl Control {
    fn new() -> Self {
        // SAFETY: computes a size.
        debug_assert!(unsafe { libc::CMSG_SPACE(ONE) } <= 64);
        Self([0; 64])
    }

    fn lend_to(&mut self, header: &mut libc::msghdr) {
        header.msg_control = self.0.as_mut_ptr().cast();
        // SAFETY: computes a size.
        header.msg_controllen = unsafe { libc::CMSG_SPACE(ONE) } as _;
    }

    fn descriptor(header: &libc::msghdr) -> Option<OwnedFd> {
        // SAFETY: the kernel has filled in the header, and what it points to.
        unsafe {
            let message = libc::CMSG_FIRSTHDR(header);
            if message.is_null() || (*message).cmsg_type != libc::SCM_RIGHTS {
                return None;
            }
            let descriptor = libc::CMSG_DATA(message).cast::<RawFd>().read_unaligned();
            // It is new, and nobody else's.
            Some(OwnedFd::from_raw_fd(descriptor))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixDatagram;

    #[test]
    fn a_descriptor_comes_along_with_its_message() {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        let (mut read, mut write) = io::pipe().unwrap();
        write.write_all(b"pipe").unwrap();
        drop(write);
        send(ours.as_raw_fd(), b"message", read.as_raw_fd());
        ours.send(b"without").unwrap();
        let mut bytes = [0; 32];
        let (message, descriptor) = receive(theirs.as_raw_fd(), &mut bytes).unwrap();
        assert_eq!(message, b"message");
        let mut said = String::new();
        std::fs::File::from(descriptor.unwrap()).read_to_string(&mut said).unwrap();
        assert_eq!(said, "pipe");
        assert_eq!(read.read(&mut [0; 4]).unwrap(), 0, "it is the same pipe");
        let (message, descriptor) = receive(theirs.as_raw_fd(), &mut bytes).unwrap();
        assert!(message == b"without" && descriptor.is_none());
    }
}
