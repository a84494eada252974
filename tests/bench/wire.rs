//! HTTP/1.1 as the load needs it: answers of a known length, and streams of events in chunks.

/// An answer to a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer<'a> {
    /// The status; 0 if it is none.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: &'a [u8],
}

/// The answer with which `bytes` begin, and how long it is; `None` until it is whole.
pub(crate) fn answer(bytes: &[u8]) -> Option<(Answer<'_>, usize)> {
    let mut at = line_end(bytes, 0)?;
    let status = status(bytes);
    let mut length = 0;
    loop {
        let end = line_end(bytes, at)?;
        let line = &bytes[at..end];
        at = end;
        if line.len() <= 2 {
            break;
        }
        if let Some(value) = header(line, b"content-length") {
            length = digits(value);
        }
    }
    let body = bytes.get(at..at + length)?;
    Some((Answer { status, body }, at + length))
}

/// The number that follows a field's name in a JSON text.
pub(crate) fn number(json: &[u8], field: &str) -> Option<u64> {
    let name = format!("\"{field}\":");
    let at = json.windows(name.len()).position(|window| window == name.as_bytes())? + name.len();
    json[at..].first().filter(|byte| byte.is_ascii_digit())?;
    Some(digits(&json[at..]) as u64)
}

fn line_end(bytes: &[u8], from: usize) -> Option<usize> {
    bytes[from..].iter().position(|byte| *byte == b'\n').map(|length| from + length + 1)
}

fn status(bytes: &[u8]) -> u16 {
    let text = bytes.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
    text.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn header<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, value) = line.split_at_checked(name.len())?;
    let value = value.strip_prefix(b":").filter(|_| start.eq_ignore_ascii_case(name))?;
    Some(value.trim_ascii())
}

fn digits(text: &[u8]) -> usize {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'))
}

/// A stream of events as it arrives in pieces. It keeps a few numbers and no bytes, so that
/// thousands of them cost the load little.
#[derive(Debug, Default)]
pub(crate) struct EventStream {
    /// Whether events follow the head as they are, and not in chunks.
    is_plain: bool,
    part: Part,
    line: Line,
    id: Option<u64>,
}

#[derive(Debug)]
enum Part {
    /// So many bytes of the empty line after the head.
    Head { matched: usize },
    /// The length of a chunk.
    Length(usize),
    /// What is left of a chunk.
    Chunk(usize),
    /// The line end after a chunk.
    ChunkEnd,
    /// The last chunk was there.
    Over,
    /// What follows a head without chunks.
    Plain,
}

impl Default for Part {
    fn default() -> Self {
        Self::Head { matched: 0 }
    }
}

#[derive(Debug)]
enum Line {
    /// So many bytes of [`ID`].
    Name(usize),
    /// The id of the event.
    Id(u64),
    /// Anything else.
    Other,
}

impl Default for Line {
    fn default() -> Self {
        Self::Name(0)
    }
}

const HEAD_END: &[u8] = b"\r\n\r\n";
const ID: &[u8] = b"id: ";

impl EventStream {
    /// One whose events come as they are, until the connection ends.
    pub(crate) fn plain() -> Self {
        Self { is_plain: true, ..Self::default() }
    }

    /// Takes the next bytes; `tell` gets the id of every event that is whole.
    pub(crate) fn take(&mut self, mut bytes: &[u8], mut tell: impl FnMut(u64)) {
        while let Some((&byte, rest)) = bytes.split_first() {
            match &mut self.part {
                Part::Head { matched } => {
                    bytes = rest;
                    *matched = match (byte == HEAD_END[*matched], byte) {
                        (true, _) => *matched + 1,
                        (false, b'\r') => 1,
                        (false, _) => 0,
                    };
                    if *matched == HEAD_END.len() {
                        self.part = if self.is_plain { Part::Plain } else { Part::Length(0) };
                    }
                }
                Part::Length(length) => {
                    bytes = rest;
                    match char::from(byte).to_digit(16) {
                        Some(digit) => *length = *length * 16 + digit as usize,
                        None if byte == b'\n' && *length == 0 => self.part = Part::Over,
                        None if byte == b'\n' => self.part = Part::Chunk(*length),
                        None => {}
                    }
                }
                Part::Chunk(left) => {
                    let count = bytes.len().min(*left);
                    let (data, rest) = bytes.split_at(count);
                    bytes = rest;
                    *left -= count;
                    if *left == 0 {
                        self.part = Part::ChunkEnd;
                    }
                    self.read(data, &mut tell);
                }
                Part::ChunkEnd => {
                    bytes = rest;
                    if byte == b'\n' {
                        self.part = Part::Length(0);
                    }
                }
                Part::Over => return,
                Part::Plain => return self.read(bytes, &mut tell),
            }
        }
    }

    /// Whether the server has answered.
    pub(crate) fn has_begun(&self) -> bool {
        !matches!(self.part, Part::Head { .. })
    }

    /// Whether the server has ended it.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.part, Part::Over)
    }

    fn read(&mut self, mut data: &[u8], tell: &mut impl FnMut(u64)) {
        while let Some((&byte, rest)) = data.split_first() {
            data = rest;
            match (&mut self.line, byte) {
                (Line::Name(0), b'\n') => self.id.take().into_iter().for_each(&mut *tell),
                (Line::Id(id), b'\n') => {
                    self.id = Some(*id);
                    self.line = Line::Name(0);
                }
                (_, b'\n') => self.line = Line::Name(0),
                (Line::Name(matched), _) if byte == ID[*matched] => {
                    *matched += 1;
                    if *matched == ID.len() {
                        self.line = Line::Id(0);
                    }
                }
                (Line::Name(_), _) => self.line = Line::Other,
                (Line::Id(id), _) => *id = *id * 10 + u64::from(byte.wrapping_sub(b'0')),
                (Line::Other, _) => {
                    // The line end itself is read in the next round.
                    let skipped = data.iter().position(|byte| *byte == b'\n');
                    data = &data[skipped.unwrap_or(data.len())..];
                }
            }
        }
    }
}
