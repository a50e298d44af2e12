//! Which raw views are refused: those of an owner that the same expression makes, unless a call uses them at once.

use super::refuse;
use crate::faults::Faults;

fn refused(body: &str) -> Vec<String> {
    let mut faults = Faults::default();
    refuse(&body.parse().expect("tokens"), &mut faults);
    let Err(errors) = faults.into_result() else { return Vec::new() };
    errors.into_iter().map(|error| error.span().source_text().expect("a place")).collect()
}

#[test]
fn views_of_temporaries_are_refused() {
    for (body, at) in [
        ("let fd = File::open(path)?.as_raw_fd();", "as_raw_fd"),
        ("let fd = std::fs::File::open(path).unwrap().as_raw_fd();", "as_raw_fd"),
        ("let fd = OpenOptions::new().read(true).open(path).expect(\"a file\").as_raw_fd();", "as_raw_fd"),
        ("let fd = stream.try_clone()?.as_raw_fd();", "as_raw_fd"),
        ("let fd = listener.accept().await?.as_raw_fd();", "as_raw_fd"),
        ("control.aio_fildes = File::open(path)?.as_raw_fd();", "as_raw_fd"),
        ("let control = Control { fd: File::open(path)?.as_raw_fd() };", "as_raw_fd"),
        ("let fd = Some(File::open(path)?.as_raw_fd());", "as_raw_fd"),
        ("if early { File::open(path)?.as_raw_fd() } else { 0 }", "as_raw_fd"),
        ("read({ File::open(path)?.as_raw_fd() })", "as_raw_fd"),
        ("let p = CString::new(text)?.as_ptr();", "as_ptr"),
        ("let p = CString::new(text).unwrap().as_ptr() as *const u8;", "as_ptr"),
        ("let p = vec![0; 4].as_mut_ptr();", "as_mut_ptr"),
        ("let p = format!(\"{x}\").as_ptr();", "as_ptr"),
        ("let p = Vec::<u8>::with_capacity(8).as_mut_ptr();", "as_mut_ptr"),
        ("let p = text.to_owned().as_ptr();", "as_ptr"),
        ("let p = text.into_bytes().as_ptr();", "as_ptr"),
        ("let p = iter.collect::<Vec<_>>().as_ptr();", "as_ptr"),
        ("let p = iter.collect::<Box<dyn Fn() -> u8>>().as_ptr();", "as_ptr"),
        ("let fd = Socket::new_raw(domain, kind)?.as_raw_fd();", "as_raw_fd"),
        ("let fd = File::create_new(path)?.as_raw_fd();", "as_raw_fd"),
        ("let fd = UnixStream::pair()?.0.as_raw_fd();", "as_raw_fd"),
        ("let fd = borrowed.try_clone_to_owned()?.as_raw_fd();", "as_raw_fd"),
        // In parentheses, and in a block.
        ("let fd = (File::open(path).unwrap()).as_raw_fd();", "as_raw_fd"),
        ("let fd = (&File::open(path)?).as_raw_fd();", "as_raw_fd"),
        ("let fd = ((iter.collect::<Vec<u8>>())).as_ptr();", "as_ptr"),
        ("let fd = { log(); File::open(path)? }.as_raw_fd();", "as_raw_fd"),
        ("let fd = unsafe { File::from_raw_fd(3) }.as_raw_fd();", "as_raw_fd"),
        ("return (File::open(path)?.as_raw_fd());", "as_raw_fd"),
        ("return (File::open(path)?).as_raw_fd();", "as_raw_fd"),
        ("let fd = match f(x) { A => file, B => File::open(path)? }.as_raw_fd();", "as_raw_fd"),
        // Through a borrow of the owner.
        ("let fd = File::open(path)?.as_fd().as_raw_fd();", "as_raw_fd"),
        ("let p = CString::new(text).unwrap().as_c_str().as_ptr();", "as_ptr"),
        ("let p = vec![0; 4].as_slice().as_ptr();", "as_ptr"),
        ("let p = x.to_string().as_bytes().as_ptr();", "as_ptr"),
        // Given on, at another place or as another type.
        ("let p = vec![1].as_ptr().cast::<u8>();", "as_ptr"),
        ("let p = unsafe { vec![1].as_ptr().add(1) };", "as_ptr"),
        ("let p = vec![1].as_mut_ptr().wrapping_byte_add(1).cast_const();", "as_mut_ptr"),
        ("let x = unsafe { vec![1].as_ptr().as_ref() };", "as_ptr"),
        ("let fd: u32 = File::open(path)?.as_raw_fd().try_into()?;", "as_raw_fd"),
        ("let fd: u32 = File::open(path)?.as_raw_fd().try_into().unwrap();", "as_raw_fd"),
        ("let p = <[u8]>::as_ptr(&vec![1_u8]).cast::<i8>();", "as_ptr"),
        // Compared is something else in the statement.
        ("let p = if a == b { x } else { vec![1].as_ptr() };", "as_ptr"),
        ("if a == b { return vec![1].as_ptr() }", "as_ptr"),
        ("match x { a if a == b => vec![1].as_ptr(), _ => null() }", "as_ptr"),
        ("let (a, p) = (a == b, vec![1].as_ptr());", "as_ptr"),
        ("let p: Vec<*const u8> = vec![1].as_ptr();", "as_ptr"),
        // By path.
        ("let fd = AsRawFd::as_raw_fd(&File::open(path)?);", "as_raw_fd"),
        ("let fd = <File as AsRawFd>::as_raw_fd(&File::open(path)?,);", "as_raw_fd"),
        ("let p = CStr::as_ptr(&CString::new(text)?);", "as_ptr"),
        ("let p = <[u8]>::as_ptr(&vec![1_u8]);", "as_ptr"),
        // A part of what it gives.
        ("let fd = listener.accept().unwrap().0.as_raw_fd();", "as_raw_fd"),
        ("let fd = listener.accept().await?.0.as_fd().as_raw_fd();", "as_raw_fd"),
    ] {
        assert_eq!(refused(body), [at], "{body}");
    }
}

#[test]
fn other_views_are_not() {
    for body in [
        "let fd = file.as_raw_fd();",
        "let fd = self.file().as_raw_fd();",
        "let fd = std::io::stdin().as_raw_fd();",
        "let fd = BorrowedFd::borrow_raw(3).as_raw_fd();",
        "let fd = self.files[0].as_raw_fd();",
        // Used before the statement ends.
        "read(File::open(path)?.as_raw_fd(), p)",
        "libc::puts(CString::new(text)?.as_ptr());",
        "let n = unsafe { libc::read((File::open(path)?.as_raw_fd()), p, 4) };",
        "println!(\"{}\", File::open(path)?.as_raw_fd());",
        "x.use_it(CString::new(text)?.as_ptr());",
        "String::from(\"x\").as_ptr().is_null()",
        "if vec![1].as_ptr().is_null() {}",
        "let n: bool = { String::from(\"x\").as_ptr().is_null() };",
        "let n = vec![1].as_ptr().cast::<Vec<u8>>().is_aligned();",
        "let n = unsafe { vec![1].as_mut_ptr().add(1).read() };",
        "let n = File::open(path)?.as_raw_fd().to_string();",
        "let n = <[u8]>::as_ptr(&vec![1_u8]).is_null();",
        "vec![1].as_ptr() == p",
        "let is_new = p != String::from(text).as_ptr();",
        "assert!(vec![1].as_ptr() < end && a);",
        "x || p <= CStr::as_ptr(&CString::new(text)?)",
        // Owns nothing.
        "let p = CStr::from_bytes_with_nul(b\"a\\0\")?.as_ptr();",
        "let p = NonNull::from(&x).as_ptr();",
        "let p = buf.as_slice().as_ptr();",
        "let p = Vec::leak(v).as_ptr();",
        "let p = c\"text\".as_ptr();",
        "let fd:<T as Open>::Fd = self.file().as_raw_fd();",
        "let fd = (file).as_raw_fd();",
        "let fd = { &self.file }.as_raw_fd();",
        "let fd = (self.open)(path).as_raw_fd();",
        "let fd = self.file.as_fd().as_raw_fd();",
        "let fd = pair.0.as_raw_fd();",
        "let fd = AsRawFd::as_raw_fd(&file);",
        "let p = Arc::as_ptr(&Arc::clone(&shared));",
        "let p = (self.open)(vec![1]).as_ptr();",
        "read(AsRawFd::as_raw_fd(&File::open(path)?));",
        // What is shared, or handed out.
        "let fd = Arc::clone(socket).as_raw_fd();",
        "let fd = socket.clone().as_raw_fd();",
        "let p = text.clone().as_ptr();",
        "let fd = Pool::shared().as_raw_fd();",
        "let fd = Registry::get(name)?.as_raw_fd();",
        // Not the method.
        "let p = CString::new(text)?.as_ptr;",
        "let p = as_raw_fd();",
    ] {
        assert_eq!(refused(body), [""; 0], "{body}");
    }
}
