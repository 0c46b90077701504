//! As much of HTTP/1.1 as a scraper needs: one request after another on a connection, bodies by length.

use std::io::{BufRead, Read, Write};
use std::net::TcpStream;

use super::ADDRESS;

/// Longest request head and body that is read, bytes.
const LONGEST_HEAD: u64 = 16_384;
const LONGEST_BODY: usize = 4096;

/// A request as far as it matters here.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) host: String,
    pub(super) close: bool,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) code: u16,
    pub(super) kind: &'static str,
    pub(super) body: String,
    pub(super) head: bool,
}

impl Response {
    pub(super) fn text(code: u16, body: String) -> Self {
        Self {
            code,
            kind: "text/plain; charset=utf-8",
            body,
            head: false,
        }
    }

    pub(super) fn json(code: u16, value: serde_json::Value) -> Self {
        Self {
            kind: "application/json",
            ..Self::text(code, format!("{value}\n"))
        }
    }
}

/// The next request; `None` when the client has gone.
pub(super) fn read_request(reader: &mut impl BufRead) -> Option<Result<Request, Response>> {
    let mut head = reader.take(LONGEST_HEAD);
    let mut line = String::new();
    if head.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let bad = |why: &str| Some(Err(Response::text(400, format!("{why}\n"))));
    let mut words = line.split_ascii_whitespace();
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next())
    else {
        return bad("no HTTP request");
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        host: ADDRESS.into(),
        close: version == "HTTP/1.0",
    };
    let mut length = 0;
    loop {
        let mut line = String::new();
        if head.read_line(&mut line).ok()? == 0 {
            return bad("the head of the request is too long");
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "host" => value.clone_into(&mut request.host),
            "connection" if value.eq_ignore_ascii_case("close") => request.close = true,
            "content-length" => match value.parse::<usize>() {
                Ok(n) if n <= LONGEST_BODY => length = n,
                _ => return bad("the body of the request is too long"),
            },
            "transfer-encoding" => return bad("send the body with a Content-Length"),
            _ => {}
        }
    }
    let reader = head.into_inner();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Ok(request))
}

/// Sends an answer.
pub(super) fn write_response(
    mut stream: &TcpStream,
    response: &Response,
    close: bool,
) -> std::io::Result<()> {
    let reason = match response.code {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        _ => "Method Not Allowed",
    };
    let connection = if close { "close" } else { "keep-alive" };
    let mut out = format!(
        "HTTP/1.1 {} {reason}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: {connection}\r\n\r\n",
        response.code,
        response.kind,
        response.body.len()
    );
    if !response.head {
        out.push_str(&response.body);
    }
    stream.write_all(out.as_bytes())
}
