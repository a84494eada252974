//! Paths as people type them, and as terminals write them when files are dropped: with quotes,
//! with escaped spaces, or as `file://` addresses; several with spaces or line ends between.

/// The paths in a text. A word goes on with the path before it unless it looks like the beginning
/// of another one, so that a path typed with plain spaces is one path.
pub(crate) fn split(text: &str) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut begins_line = true;
        for word in words(line) {
            match paths.last_mut() {
                Some(path) if !begins_line && !word.begins_path => {
                    path.push(' ');
                    path.push_str(&word.text);
                }
                _ => paths.push(word.text),
            }
            begins_line = false;
        }
    }
    paths.into_iter().map(|path| without_scheme(&path)).filter(|path| !path.is_empty()).collect()
}

/// One word of a line, without its quotes and escapes.
struct Word {
    text: String,
    begins_path: bool,
}

fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let quoted = matches!(first, '\'' | '"');
        let (text, after) = word(rest);
        let begins_path =
            quoted || ["/", "~", "./", "../", "file://"].iter().any(|s| text.starts_with(s));
        words.push(Word { text, begins_path });
        rest = after.trim_start();
    }
    words
}

/// The first word of a text, and what comes after it.
fn word(text: &str) -> (String, &str) {
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match (c, quote) {
            ('\\', None | Some('"')) => word.extend(chars.next().map(|(_, escaped)| escaped)),
            (c, Some(open)) if c == open => quote = None,
            // An apostrophe inside of a word is part of a name.
            ('\'' | '"', None) if at == 0 => quote = Some(c),
            (c, None) if c.is_whitespace() => return (word, &text[at..]),
            (c, _) => word.push(c),
        }
    }
    (word, "")
}

/// The path of a `file://` address; any other path as it is.
fn without_scheme(path: &str) -> String {
    let Some(address) = path.strip_prefix("file://") else { return path.to_owned() };
    // A host may stand between: file://localhost/home/mina.
    let path = address.find('/').map_or(address, |at| &address[at..]);
    decoded(path)
}

/// A text with its `%20` and the like as what they stand for.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let byte = (*first == b'%').then(|| hex(after)).flatten();
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits.get(..2)?).ok()?;
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_however_a_terminal_writes_it() {
        for text in [
            "/home/mina/달 항아리.png",
            "'/home/mina/달 항아리.png'",
            "\"/home/mina/달 항아리.png\"",
            "/home/mina/달\\ 항아리.png",
            "file:///home/mina/%EB%8B%AC%20%ED%95%AD%EC%95%84%EB%A6%AC.png",
            "file://localhost/home/mina/달%20항아리.png",
            "  /home/mina/달 항아리.png \r\n",
        ] {
            assert_eq!(split(text), ["/home/mina/달 항아리.png"], "{text}");
        }
    }

    #[test]
    fn several_paths_are_told_apart() {
        assert_eq!(split("/a/b c.png /d.png"), ["/a/b c.png", "/d.png"]);
        assert_eq!(split("'/a b.png' '/c.png'"), ["/a b.png", "/c.png"]);
        assert_eq!(split("a.png\nb.png\n"), ["a.png", "b.png"]);
        assert_eq!(split("~/a.png ./b.png ../c d.png"), ["~/a.png", "./b.png", "../c d.png"]);
        assert_eq!(split("file:///a%20b.png file:///c.png"), ["/a b.png", "/c.png"]);
    }

    #[test]
    fn what_only_looks_like_writing_stays() {
        assert_eq!(split("/a/mina's.png"), ["/a/mina's.png"]);
        assert_eq!(split("/a/100%.png"), ["/a/100%.png"]);
        assert_eq!(split("file:///a/100%zz.png"), ["/a/100%zz.png"]);
        assert_eq!(split(" \n "), Vec::<String>::new());
        assert_eq!(split("'unclosed name.png"), ["unclosed name.png"]);
        assert_eq!(split("ends\\"), ["ends"]);
    }
}
