//! As much of HTTP/1.1 as a program on this machine speaks to the gateway: one request a connection, its body whole, the
//! answer bit by bit.

use std::io;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// Longest head of a request, in bytes, and most headers: far more than any program sends.
const HEAD_BYTES_MAX: usize = 64 << 10;
const HEADERS_MAX: usize = 128;

/// Longest body of a request, in bytes: a conversation of a million tokens with pictures.
const BODY_BYTES_MAX: usize = 64 << 20;

/// What was asked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) target: String,
    /// As they came, names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn wrong(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_owned())
}

/// A connection: what comes in, and what was read too far.
pub(super) struct Incoming {
    stream: OwnedReadHalf,
    ahead: Vec<u8>,
}

impl Incoming {
    pub(super) fn of(stream: TcpStream) -> (Self, OwnedWriteHalf) {
        let (stream, out) = stream.into_split();
        (Self { stream, ahead: Vec::new() }, out)
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.ahead).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    async fn exactly(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.ahead.len() < count {
            self.more().await?;
        }
        let rest = self.ahead.split_off(count);
        Ok(std::mem::replace(&mut self.ahead, rest))
    }

    async fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.ahead.iter().position(|byte| *byte == b'\n') {
                let line = self.exactly(end + 1).await?;
                return Ok(String::from_utf8_lossy(&line).trim().to_owned());
            }
            if self.ahead.len() > HEAD_BYTES_MAX {
                return Err(wrong("a line is too long"));
            }
            self.more().await?;
        }
    }

    /// Reads one request. `out` is told to go on where the program waits for that.
    pub(super) async fn request(&mut self, out: &mut OwnedWriteHalf) -> io::Result<Request> {
        let mut request = self.head().await?;
        if request.header("expect").is_some_and(|expect| expect.eq_ignore_ascii_case("100-continue")) {
            out.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let chunked = request.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
        if chunked {
            request.body = self.chunks().await?;
        } else if let Some(length) = request.header("content-length") {
            let length: usize = length.parse().map_err(|_| wrong("the length of the body is no number"))?;
            if length > BODY_BYTES_MAX {
                return Err(wrong("the body is too long"));
            }
            request.body = self.exactly(length).await?;
        }
        Ok(request)
    }

    async fn head(&mut self) -> io::Result<Request> {
        loop {
            let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
            let mut parsed = httparse::Request::new(&mut headers);
            match parsed.parse(&self.ahead).map_err(|error| wrong(&error.to_string()))? {
                httparse::Status::Complete(length) => {
                    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                    let request = Request {
                        method: parsed.method.unwrap_or_default().to_owned(),
                        target: parsed.path.unwrap_or_default().to_owned(),
                        headers: parsed
                            .headers
                            .iter()
                            .map(|header| (header.name.to_ascii_lowercase(), text(header.value)))
                            .collect(),
                        body: Vec::new(),
                    };
                    self.ahead.drain(..length);
                    return Ok(request);
                }
                httparse::Status::Partial if self.ahead.len() > HEAD_BYTES_MAX => {
                    return Err(wrong("the head is too long"));
                }
                httparse::Status::Partial => {}
            }
            self.more().await?;
        }
    }

    async fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line().await?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| wrong("the size of a chunk is no number"))?;
            if size == 0 {
                // What follows the last chunk says nothing to us.
                while !self.line().await?.is_empty() {}
                return Ok(body);
            }
            if size > BODY_BYTES_MAX - body.len() {
                return Err(wrong("the body is too long"));
            }
            body.extend(self.exactly(size).await?);
            self.line().await?;
        }
    }

    /// Comes back once the program hangs up.
    pub(super) async fn hung_up(&mut self) {
        let mut rest = [0; 256];
        while self.stream.read(&mut rest).await.is_ok_and(|count| count > 0) {}
    }
}

/// The head of an answer that comes in chunks.
pub(super) fn head(status: u16, headers: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} {}\r\n", if status < 400 { "OK" } else { "Error" }).into_bytes();
    for (name, value) in headers {
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value);
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n");
    head
}

/// A chunk of it; an empty one is the last.
pub(super) fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

/// A whole answer of ours.
pub(super) fn whole(status: u16, json: &str) -> Vec<u8> {
    answer(status, "", json)
}

/// An answer of ours that says when to come back.
pub(super) fn later(seconds: u64, json: &str) -> Vec<u8> {
    answer(429, &format!("retry-after: {seconds}\r\n"), json)
}

fn answer(status: u16, headers: &str, json: &str) -> Vec<u8> {
    let length = json.len();
    format!(
        "HTTP/1.1 {status} Error\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{json}"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// What is read of these bytes.
    async fn read(sent: &[u8]) -> io::Result<Request> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let mut program = TcpStream::connect(listener.local_addr()?).await?;
        let (mut incoming, mut out) = Incoming::of(listener.accept().await?.0);
        program.write_all(sent).await?;
        drop(program);
        incoming.request(&mut out).await
    }

    #[tokio::test]
    async fn a_body_comes_whole_or_is_refused() {
        for (rest, expected) in [
            ("content-length: 5\r\n\r\nhello", Ok("hello")),
            ("transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", Ok("hello")),
            ("\r\n", Ok("")),
            ("content-length: 99999999999\r\n\r\n", Err("the body is too long")),
            ("content-length: -1\r\n\r\n", Err("the length of the body is no number")),
            ("transfer-encoding: chunked\r\n\r\n1\r\nh\r\nffffffffffffffff\r\n", Err("the body is too long")),
            ("transfer-encoding: chunked\r\n\r\nmany\r\n", Err("the size of a chunk is no number")),
        ] {
            let read = read(format!("POST /v1 HTTP/1.1\r\n{rest}").as_bytes()).await;
            let told = read.map(|request| String::from_utf8(request.body).unwrap()).map_err(|error| error.to_string());
            assert_eq!(told.as_deref().map_err(String::as_str), expected, "{rest:?}");
        }
    }
}
