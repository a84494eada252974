//! What a terminal says when it is asked what it can do, told apart from what is typed meanwhile.
//!
//! A terminal answers on the same line on which keys come, whenever it likes, or never. Whoever
//! types while it is asked must lose no key.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Asks for: kitty's pictures, sixels (device attributes), the size of a cell in pixels, the
/// colour of the ground, and a report that every terminal gives, which comes last.
pub(crate) const QUESTIONS: &str = concat!(
    "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\",
    "\x1b[c",
    "\x1b[16t",
    "\x1b]11;?\x1b\\",
    "\x1b[5n",
);

/// As [`QUESTIONS`] within tmux: what only the terminal around it can answer is handed through,
/// where tmux was allowed to.
pub(crate) const QUESTIONS_IN_TMUX: &str = concat!(
    "\x1bPtmux;\x1b\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\x1b\\\x1b\\",
    "\x1b[c",
    "\x1b[16t",
    "\x1b]11;?\x1b\\",
    "\x1b[5n",
);

/// What a terminal said of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Answers {
    /// It shows pictures by kitty's protocol.
    pub(crate) kitty: bool,
    /// It shows sixels.
    pub(crate) sixel: bool,
    /// Width and height of a cell in pixels.
    pub(crate) cell: Option<(u16, u16)>,
    /// The colour of its ground.
    pub(crate) ground: Option<[u8; 3]>,
}

/// The longest answer; what goes on for longer is none.
const LONGEST: usize = 256;

/// Listens to what comes from a terminal.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    pub(crate) answers: Answers,
    /// Whether the last answer has come.
    pub(crate) is_done: bool,
    /// The beginning of what may become an answer.
    sequence: Vec<u8>,
    typed: Vec<u8>,
}

impl Ear {
    /// Takes a byte.
    pub(crate) fn hear(&mut self, byte: u8) {
        if self.sequence.is_empty() {
            if byte == ESC {
                self.sequence.push(byte);
            } else {
                self.typed.push(byte);
            }
            return;
        }
        self.sequence.push(byte);
        let is_whole = match self.sequence[1] {
            b'[' => self.sequence.len() > 2 && (0x40..=0x7e).contains(&byte),
            b']' | b'_' => byte == BELL || self.sequence[2..].ends_with(b"\x1b\\"),
            _ => true,
        };
        if is_whole || self.sequence.len() > LONGEST {
            let sequence = std::mem::take(&mut self.sequence);
            if !self.understand(&sequence) {
                self.typed.extend(sequence);
            }
        }
    }

    /// Takes an answer; false if it is none.
    fn understand(&mut self, sequence: &[u8]) -> bool {
        let text = String::from_utf8_lossy(&sequence[1..]);
        if text == "[0n" {
            self.is_done = true;
        } else if let Some(list) = text.strip_prefix("[?").and_then(|rest| rest.strip_suffix('c')) {
            self.answers.sixel = list.split(';').any(|attribute| attribute == "4");
        } else if let Some(size) = text.strip_prefix("[6;").and_then(|rest| rest.strip_suffix('t'))
        {
            self.answers.cell = cell(size);
        } else if let Some(status) = text.strip_prefix("_Gi=31;") {
            self.answers.kitty = status.starts_with("OK");
        } else if let Some(colour) = text.strip_prefix("]11;") {
            self.answers.ground = colour_of(colour);
        } else {
            return false;
        }
        true
    }

    /// The keys that were typed since this was last asked. While letters of several bytes are not
    /// whole, they wait.
    pub(crate) fn keys(&mut self) -> Vec<KeyEvent> {
        let whole = match std::str::from_utf8(&self.typed) {
            Ok(_) => self.typed.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => self.typed.len(),
        };
        let typed: Vec<u8> = self.typed.drain(..whole).collect();
        keys_of(&String::from_utf8_lossy(&typed))
    }

    /// Nothing more comes: what looked like the beginning of an answer was typed.
    pub(crate) fn give_up(&mut self) {
        self.typed.append(&mut self.sequence);
    }
}

const ESC: u8 = 0x1b;
const BELL: u8 = 0x07;

/// `height;width`, as the terminal says it.
fn cell(size: &str) -> Option<(u16, u16)> {
    let (height, width) = size.split_once(';')?;
    let (height, width) = (height.parse().ok()?, width.parse().ok()?);
    (height > 0 && width > 0).then_some((width, height))
}

/// `rgb:1e1e/1e1e/1e1e`, with one to four digits for each part.
fn colour_of(text: &str) -> Option<[u8; 3]> {
    let text = text.trim_end_matches(['\x07', '\\', '\x1b']);
    let mut parts = text.strip_prefix("rgb:")?.split('/').map(|digits| {
        let value = u32::from_str_radix(digits, 16).ok()?;
        let most = 16_u32.checked_pow(u32::try_from(digits.len()).ok()?)?.checked_sub(1)?;
        u8::try_from((value * 255).checked_div(most)?).ok()
    });
    let colour = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(colour)
}

/// The keys behind what a terminal sends for them; what it sends for others than these is dropped.
fn keys_of(typed: &str) -> Vec<KeyEvent> {
    let mut keys = Vec::new();
    let mut rest = typed;
    while let Some(first) = rest.chars().next() {
        let (key, length) = match rest.strip_prefix('\x1b') {
            Some(after) => escaped(after),
            None => (Some(plain(first)), first.len_utf8()),
        };
        keys.extend(key);
        rest = &rest[length..];
    }
    keys
}

/// The key of a text that follows an escape, and the length of both.
fn escaped(after: &str) -> (Option<KeyEvent>, usize) {
    let Some(body) = after.strip_prefix(['[', 'O']) else {
        return (Some(KeyEvent::from(KeyCode::Esc)), 1);
    };
    let is_final = |c: char| ('\u{40}'..='\u{7e}').contains(&c);
    let Some(end) = body.find(is_final) else {
        return (None, 2 + body.len());
    };
    let code = match &body[..=end] {
        "A" => Some(KeyCode::Up),
        "B" => Some(KeyCode::Down),
        "C" => Some(KeyCode::Right),
        "D" => Some(KeyCode::Left),
        "H" => Some(KeyCode::Home),
        "F" => Some(KeyCode::End),
        "Z" => Some(KeyCode::BackTab),
        "5~" => Some(KeyCode::PageUp),
        "6~" => Some(KeyCode::PageDown),
        "P" => Some(KeyCode::F(1)),
        "Q" => Some(KeyCode::F(2)),
        _ => None,
    };
    (code.map(KeyEvent::from), 2 + end + 1)
}

fn plain(c: char) -> KeyEvent {
    match c {
        '\r' | '\n' => KeyEvent::from(KeyCode::Enter),
        '\t' => KeyEvent::from(KeyCode::Tab),
        '\x7f' | '\x08' => KeyEvent::from(KeyCode::Backspace),
        '\x01'..='\x1a' => {
            let letter = char::from(c as u8 - 1 + b'a');
            KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)
        }
        c => KeyEvent::from(KeyCode::Char(c)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(bytes: &[u8]) -> (Ear, Vec<KeyCode>) {
        let mut ear = Ear::default();
        bytes.iter().for_each(|byte| ear.hear(*byte));
        ear.give_up();
        let keys = ear.keys().into_iter().map(|key| key.code).collect();
        (ear, keys)
    }

    #[test]
    fn answers_are_told_from_keys_wherever_they_come() {
        let bytes = "j\x1b_Gi=31;OK\x1b\\k\x1b[?62;4;22c\x1b[6;20;9t한\x1b[A\
                     \x1b]11;rgb:ffff/8000/0000\x1b\\\r\x1b[0nq";
        let (ear, keys) = heard(bytes.as_bytes());
        let answers =
            Answers { kitty: true, sixel: true, cell: Some((9, 20)), ground: Some([255, 127, 0]) };
        assert_eq!((ear.answers, ear.is_done), (answers, true));
        let typed = [
            KeyCode::Char('j'),
            KeyCode::Char('k'),
            KeyCode::Char('한'),
            KeyCode::Up,
            KeyCode::Enter,
            KeyCode::Char('q'),
        ];
        assert_eq!(keys, typed);
    }

    #[test]
    fn a_terminal_that_answers_nothing_loses_no_key() {
        let (ear, keys) = heard(b"1\x1b[B\x1b[5~\x1bx\x1b");
        assert_eq!((ear.answers, ear.is_done), (Answers::default(), false));
        let typed = [
            KeyCode::Char('1'),
            KeyCode::Down,
            KeyCode::PageUp,
            KeyCode::Esc,
            KeyCode::Char('x'),
            KeyCode::Esc,
        ];
        assert_eq!(keys, typed);
    }

    #[test]
    fn a_letter_of_several_bytes_waits_until_it_is_whole() {
        let mut ear = Ear::default();
        let bytes = "값".as_bytes();
        ear.hear(bytes[0]);
        assert!(ear.keys().is_empty());
        bytes[1..].iter().for_each(|byte| ear.hear(*byte));
        assert_eq!(ear.keys(), [KeyEvent::from(KeyCode::Char('값'))]);
    }

    #[test]
    fn nonsense_is_no_answer_and_ends() {
        for bytes in [
            &b"\x1b]11;rgb:zz/0/0\x07"[..],
            b"\x1b]11;rgb:1/2\x07",
            b"\x1b]11;rgb:1/2/3/4\x07",
            b"\x1b]11;rgb:///\x07",
            b"\x1b[6;0;0t",
            b"\x1b_Gi=31;ENOTSUPPORTED\x1b\\",
        ] {
            assert_eq!(heard(bytes).0.answers, Answers::default(), "{bytes:?}");
        }
        let endless = [b"\x1b_G".as_slice(), &[b'a'; 10_000]].concat();
        assert!(heard(&endless).1.len() > 9_000, "it was typed after all");
    }
}
