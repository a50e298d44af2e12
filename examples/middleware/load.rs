//! The load: some connections that ask for one route after the other.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

const PATHS: [&str; 5] = ["/orders/7", "/invite/you", "/search", "/thumbnail", "/export"];
const TENANTS: [&str; 3] = ["acme", "globex", "initech"];
const TIME: Duration = Duration::from_secs(3);

pub(crate) fn ask(server: &str) -> Result<(), Box<dyn Error>> {
    thread::scope(|scope| {
        let clients: Vec<_> = (0..4).map(|first| scope.spawn(move || connection(server, first))).collect();
        clients
            .into_iter()
            .try_for_each(|client| client.join().map_err(|_| "a client panicked")?.map_err(Into::into))
    })
}

fn connection(server: &str, first: usize) -> Result<(), String> {
    let end = Instant::now() + TIME;
    let connected = TcpStream::connect(server).map_err(|failed| failed.to_string())?;
    let mut connection = BufReader::new(connected);
    for number in (first..).take_while(|_| Instant::now() < end) {
        request(&mut connection, number).map_err(|failed| failed.to_string())?;
    }
    Ok(())
}

fn request(connection: &mut BufReader<TcpStream>, number: usize) -> Result<(), Box<dyn Error>> {
    let (path, tenant) = (PATHS[number % PATHS.len()], TENANTS[number % TENANTS.len()]);
    write!(connection.get_mut(), "GET {path} HTTP/1.1\r\nhost: localhost\r\nx-tenant: {tenant}\r\n\r\n")?;
    let status = line(connection)?;
    if !status.starts_with("HTTP/1.1 2") {
        return Err(format!("{path}: {status}").into());
    }
    let mut length = None;
    loop {
        let header = line(connection)?;
        match header.strip_prefix("content-length: ") {
            Some(number) => length = Some(number.parse()?),
            None if header.is_empty() => break,
            None => {}
        }
    }
    match length {
        Some(length) => skip(connection, length),
        None => chunks(connection),
    }
}

fn line(connection: &mut BufReader<TcpStream>) -> Result<String, Box<dyn Error>> {
    let mut line = String::new();
    connection.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

/// A body in chunks, the last of which is empty.
fn chunks(connection: &mut BufReader<TcpStream>) -> Result<(), Box<dyn Error>> {
    loop {
        let length = usize::from_str_radix(&line(connection)?, 16)?;
        skip(connection, length + 2)?;
        if length == 0 {
            return Ok(());
        }
    }
}

fn skip(connection: &mut BufReader<TcpStream>, length: usize) -> Result<(), Box<dyn Error>> {
    Ok(connection.read_exact(&mut vec![0; length])?)
}
