//! HTTP/1.1, as far as the tests need it, for both ends of a connection.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// The longest wait for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A request or an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    /// Its first line.
    pub(crate) start: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// A header by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The status of an answer.
    pub(crate) fn status(&self) -> u16 {
        self.start.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// The path and the query of a request.
    pub(crate) fn target(&self) -> &str {
        self.start.split(' ').nth(1).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// All of it as text, to look for what must not be in it.
    pub(crate) fn everything(&self) -> String {
        format!("{}\n{:?}\n{}", self.start, self.headers, String::from_utf8_lossy(&self.body))
    }
}

/// How the end of a body is known.
#[derive(Clone, Copy, Debug)]
enum Framing {
    Left(usize),
    Chunked,
    UntilClosed,
}

/// One end of a connection.
pub(crate) struct Wire {
    reader: BufReader<TcpStream>,
    framing: Framing,
}

impl Wire {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::new(TcpStream::connect_timeout(&address, PATIENCE).unwrap())
    }

    pub(crate) fn new(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { reader: BufReader::new(stream), framing: Framing::Left(0) }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.reader.get_mut().write_all(bytes)
    }

    /// The first line and the headers of the next message; none if the connection has ended.
    pub(crate) fn head(&mut self) -> io::Result<Option<Message>> {
        let mut message = Message { start: self.line()?, ..Message::default() };
        if message.start.is_empty() {
            return Ok(None);
        }
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap();
            message.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let is_answer = message.start.starts_with("HTTP/");
        self.framing = match (message.header("transfer-encoding"), message.header("content-length")) {
            (Some(_), _) => Framing::Chunked,
            (None, Some(length)) => Framing::Left(length.parse().unwrap()),
            (None, None) if is_answer => Framing::UntilClosed,
            (None, None) => Framing::Left(0),
        };
        Ok(Some(message))
    }

    /// The next piece of the body; none at its proper end.
    pub(crate) fn piece(&mut self) -> io::Result<Option<Vec<u8>>> {
        let size = match self.framing {
            Framing::Left(0) => return Ok(None),
            Framing::UntilClosed | Framing::Left(_) => self.reader.fill_buf()?.len(),
            Framing::Chunked => {
                let line = self.line()?;
                usize::from_str_radix(&line, 16)
                    .map_err(|_| io::Error::new(io::ErrorKind::UnexpectedEof, format!("a chunk of `{line}` bytes")))?
            }
        };
        let size = match &mut self.framing {
            Framing::Left(_) if size == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            Framing::Left(left) => {
                let size = size.min(*left);
                *left -= size;
                size
            }
            Framing::Chunked | Framing::UntilClosed => size,
        };
        let mut bytes = vec![0; size];
        self.reader.read_exact(&mut bytes)?;
        if matches!(self.framing, Framing::Chunked) {
            self.line()?;
        }
        if size == 0 {
            self.framing = Framing::Left(0);
        }
        Ok((size > 0).then_some(bytes))
    }

    /// The next message with its whole body; none if the connection has ended.
    pub(crate) fn message(&mut self) -> io::Result<Option<Message>> {
        let Some(mut message) = self.head()? else { return Ok(None) };
        while let Some(piece) = self.piece()? {
            message.body.extend(piece);
        }
        Ok(Some(message))
    }

    /// Whether the other side closes the connection in time.
    pub(crate) fn closes_within(&mut self, limit: Duration) -> bool {
        self.reader.get_ref().set_read_timeout(Some(limit)).unwrap();
        let end = self.reader.read(&mut [0; 64]);
        match end {
            Ok(read) => read == 0,
            Err(error) => !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut),
        }
    }

    /// Whether anything comes in time. It stays to be read.
    pub(crate) fn hears_within(&mut self, limit: Duration) -> bool {
        self.reader.get_ref().set_read_timeout(Some(limit)).unwrap();
        let heard = self.reader.fill_buf().is_ok();
        self.reader.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
        heard
    }

    /// Lets the end of this side be a reset.
    pub(crate) fn dies(&self) {
        socket2::SockRef::from(self.reader.get_ref()).set_linger(Some(Duration::ZERO)).unwrap();
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        line.truncate(line.trim_end().len());
        Ok(line)
    }
}
