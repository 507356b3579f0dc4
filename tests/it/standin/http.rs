//! As much of HTTP as the programs speak to the stand-in: one request a connection.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// By name in lower case.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
}

pub(super) fn read(stream: &TcpStream) -> io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim_end().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let is = |name: &str, value: &str| headers.get(name).is_some_and(|found| found.eq_ignore_ascii_case(value));
    if is("expect", "100-continue") {
        let mut stream = stream;
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let mut body = Vec::new();
    if is("transfer-encoding", "chunked") {
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let length = usize::from_str_radix(line.trim().split(';').next().unwrap_or_default(), 16);
            let length = length.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            let mut chunk = vec![0; length + 2];
            reader.read_exact(&mut chunk)?;
            body.extend_from_slice(&chunk[..length]);
            if length == 0 {
                break;
            }
        }
    } else if let Some(length) = headers.get("content-length").and_then(|length| length.parse().ok()) {
        body = vec![0; length];
        reader.read_exact(&mut body)?;
    }
    if is("content-encoding", "gzip") {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(body.as_slice()).read_to_end(&mut plain)?;
        body = plain;
    }
    Ok(Request { method, path, headers, body })
}

/// A whole answer.
pub(super) fn whole(stream: &TcpStream, code: u16, body: &Value, more: &[(&str, String)]) -> io::Result<()> {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let more: String = more.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {code} Answer\r\ncontent-type: application/json\r\ncontent-length: {}\r\nrequest-id: req_standin\r\n{more}connection: close\r\n\r\n{text}",
        text.len()
    )?;
    stream.flush()
}

fn begin(mut stream: &TcpStream) -> io::Result<()> {
    stream.write_all(
        b"HTTP/1.1 200 Answer\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\nrequest-id: req_standin\r\nconnection: close\r\n\r\n",
    )
}

fn event(mut stream: &TcpStream, (name, data): &(String, String)) -> io::Result<()> {
    let head = if name.is_empty() { String::new() } else { format!("event: {name}\n") };
    let text = format!("{head}data: {data}\n\n");
    write!(stream, "{:x}\r\n{text}\r\n", text.len())?;
    stream.flush()
}

/// An answer in events.
pub(super) fn streamed(stream: &TcpStream, events: &[(String, String)]) -> io::Result<()> {
    begin(stream)?;
    events.iter().try_for_each(|one| event(stream, one))?;
    let mut end = stream;
    end.write_all(b"0\r\n\r\n")?;
    end.flush()
}

/// The beginning of an answer in events, and then nobody is there.
pub(super) fn cut(stream: &TcpStream, events: &[(String, String)]) -> io::Result<()> {
    begin(stream)?;
    events.iter().take(3).try_for_each(|one| event(stream, one))?;
    stream.shutdown(Shutdown::Both)
}
