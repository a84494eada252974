//! The keys that the settings choose, laid over the table:
//!
//! ```toml
//! [keys]
//! quit = ["q", "ctrl-q"]      # wherever the action has keys; q not where text is typed
//!
//! [keys.browse]
//! sort = "F5"                 # in this context only
//! ```
//!
//! What cannot be had is told with its line: names that are none, keys that two actions of one
//! context want, and keys that are needed for typing.

use std::{borrow::Cow, collections::HashSet, fmt};

use crossterm::event::KeyCode;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Action, Binding, Key, Keymap, When, ch, ctrl, key, latin};
use crate::i18n::{Lang, tr};

/// What is wrong with the keys of a settings file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyErrors(Vec<KeyError>);

impl KeyErrors {
    /// Every mistake on a line of its own.
    pub(crate) fn words(&self, lang: Lang) -> String {
        let lines: Vec<String> = self.0.iter().map(|error| error.words(lang)).collect();
        lines.join("\n")
    }
}

impl fmt::Display for KeyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(Lang::En))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct KeyError {
    line: usize,
    /// As in `keys.browse.sort`.
    setting: String,
    fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Fault {
    /// It names no action, here or anywhere; these are the ones there are.
    NoAction(Vec<String>),
    /// It is neither a key nor a list of keys.
    NoKeys,
    NotAKey(String),
    /// A terminal sends the same for another key.
    SameAs(String, &'static str),
    Typed(Key),
    /// Another action of the context has the key already.
    Taken(Key, Action, When),
}

impl KeyError {
    fn words(&self, lang: Lang) -> String {
        let why = match &self.fault {
            Fault::NoAction(known) => tr!(lang, "keys.no-action", known = known.join(", ")),
            Fault::NoKeys => lang.t("keys.no-keys"),
            Fault::NotAKey(name) => tr!(lang, "keys.not-a-key", name = name),
            Fault::SameAs(name, other) => tr!(lang, "keys.same-as", name = name, other = other),
            Fault::Typed(key) => tr!(lang, "keys.typed", key = key.name(lang)),
            Fault::Taken(key, action, when) => {
                let (action, when) = (action.name(), when.name());
                tr!(lang, "keys.taken", key = key.name(lang), action = action, when = when)
            }
        };
        tr!(lang, "keys.at", line = self.line, setting = self.setting, why = why).into_owned()
    }
}

/// The bindings in force with the settings of this file.
///
/// # Errors
/// Everything that is wrong with its keys. A file that is no TOML has none.
pub(crate) fn read(text: &str) -> Result<Keymap, KeyErrors> {
    let mut reader = Reader { text, choices: Vec::new(), errors: Vec::new() };
    let file = DeTable::parse(text).ok();
    let keys = file.as_ref().and_then(|file| table_of(file.get_ref(), "keys"));
    if let Some(keys) = keys {
        reader.read(keys);
    }
    let Reader { choices, mut errors, .. } = reader;
    let mut keymap = Keymap::default();
    for choice in &choices {
        errors.extend(choice.lay_over(&mut keymap));
    }
    errors.extend(choices.iter().filter_map(|choice| choice.conflict(&keymap)));
    if errors.is_empty() {
        return Ok(keymap);
    }
    errors.sort_by_key(|error| error.line);
    Err(KeyErrors(errors))
}

fn table_of<'a>(table: &'a DeTable<'a>, name: &str) -> Option<&'a DeTable<'a>> {
    let (_, value) = table.iter().find(|(key, _)| key.get_ref() == name)?;
    value.get_ref().as_table()
}

/// One setting: these keys for this action, in one context or wherever it has keys.
#[derive(Debug)]
struct Choice {
    line: usize,
    setting: String,
    when: Option<When>,
    action: Action,
    keys: Vec<Key>,
}

impl Choice {
    fn is_for(&self, binding: &Binding) -> bool {
        binding.action == self.action && self.when.is_none_or(|when| when == binding.when)
    }

    /// Puts its keys into their places. A key that is typed in one of many contexts is left out
    /// there; in a context that is named, or where nothing is left anywhere, that is a mistake.
    fn lay_over(&self, keymap: &mut Keymap) -> Option<KeyError> {
        let mut is_laid = false;
        let mut typed = None;
        for binding in keymap.0.iter_mut().filter(|binding| self.is_for(binding)) {
            let (needed, free): (Vec<Key>, Vec<Key>) =
                self.keys.iter().partition(|key| key.is_typed_in(binding.when));
            typed = typed.or(needed.first().copied());
            if !free.is_empty() && (needed.is_empty() || self.when.is_none()) {
                binding.keys = Cow::Owned(free);
                is_laid = true;
            }
        }
        let key = typed.filter(|_| !is_laid)?;
        Some(self.error(Fault::Typed(key)))
    }

    fn error(&self, fault: Fault) -> KeyError {
        KeyError { line: self.line, setting: self.setting.clone(), fault }
    }

    /// The first of its keys that another action has.
    fn conflict(&self, keymap: &Keymap) -> Option<KeyError> {
        let fault = keymap.0.iter().filter(|binding| self.is_for(binding)).find_map(|own| {
            // A setting for one context may have taken the place of this one there.
            own.keys.iter().filter(|key| self.keys.contains(key)).find_map(|key| {
                let other = keymap
                    .of(own.when)
                    .find(|other| other.action != own.action && other.keys.contains(key))?;
                Some(Fault::Taken(*key, other.action, own.when))
            })
        })?;
        Some(self.error(fault))
    }
}

struct Reader<'a> {
    text: &'a str,
    /// Those for everywhere before those for one context, which then hold.
    choices: Vec<Choice>,
    errors: Vec<KeyError>,
}

impl Reader<'_> {
    fn read(&mut self, keys: &DeTable<'_>) {
        let (contexts, everywhere): (Vec<_>, Vec<_>) =
            keys.iter().partition(|(_, value)| value.get_ref().is_table());
        for (name, value) in everywhere {
            let setting = format!("keys.{}", name.get_ref());
            self.choose(setting, None, name, value);
        }
        for (name, value) in contexts {
            let setting = format!("keys.{}", name.get_ref());
            let when = When::ALL.into_iter().find(|(when, _)| when.name() == *name.get_ref());
            let (Some((when, _)), Some(table)) = (when, value.get_ref().as_table()) else {
                let known = When::ALL.iter().map(|(when, _)| when.name()).collect();
                self.object(name.span().start, setting, Fault::NoAction(known));
                continue;
            };
            for (name, value) in table {
                self.choose(format!("{setting}.{}", name.get_ref()), Some(when), name, value);
            }
        }
    }

    fn choose(
        &mut self,
        setting: String,
        when: Option<When>,
        name: &Spanned<Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let at = name.span().start;
        let known: Vec<Action> = Keymap::default()
            .0
            .iter()
            .filter(|binding| when.is_none_or(|when| binding.when == when))
            .map(|binding| binding.action)
            .collect();
        let Some(action) = known.iter().find(|known| known.name() == *name.get_ref()) else {
            let mut told = HashSet::new();
            let known = known.iter().filter(|action| told.insert(**action));
            let known = known.map(|action| action.name()).collect();
            return self.object(at, setting, Fault::NoAction(known));
        };
        match keys_of(value.get_ref()) {
            Ok(keys) => {
                let line = self.line(at);
                self.choices.push(Choice { line, setting, when, action: *action, keys });
            }
            Err(fault) => self.object(at, setting, fault),
        }
    }

    fn object(&mut self, at: usize, setting: String, fault: Fault) {
        let line = self.line(at);
        self.errors.push(KeyError { line, setting, fault });
    }

    fn line(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
    }
}

/// A key, or a list of at least one.
fn keys_of(value: &DeValue<'_>) -> Result<Vec<Key>, Fault> {
    if let Some(name) = value.as_str() {
        return Ok(vec![parse(name)?]);
    }
    let list = value.as_array().filter(|list| !list.is_empty()).ok_or(Fault::NoKeys)?;
    list.iter().map(|name| parse(name.get_ref().as_str().ok_or(Fault::NoKeys)?)).collect()
}

/// A key by its name: `b`, `B`, `ctrl-s`, `F5`, `pageup`. A Korean letter is the key it is on.
fn parse(name: &str) -> Result<Key, Fault> {
    let none = || Fault::NotAKey(name.to_owned());
    let mut chars = name.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return match latin(c) {
            Some(keys) if keys.len() == 1 => Ok(ch(keys.chars().next().unwrap_or(c))),
            Some(_) => Err(none()),
            None if c.is_control() || c == ' ' => Err(none()),
            None => Ok(ch(c)),
        };
    }
    let lower = name.to_lowercase();
    if let Some(letter) = lower.strip_prefix("ctrl-") {
        let mut letters = letter.chars();
        return match (letters.next(), letters.next()) {
            (Some('i'), None) => Err(Fault::SameAs(name.to_owned(), "tab")),
            (Some('m'), None) => Err(Fault::SameAs(name.to_owned(), "enter")),
            (Some(c), None) if c.is_ascii_lowercase() => Ok(ctrl(c)),
            _ => Err(none()),
        };
    }
    if let Some(number) = lower.strip_prefix('f').and_then(|number| number.parse().ok()) {
        return if (1..=12).contains(&number) { Ok(key(KeyCode::F(number))) } else { Err(none()) };
    }
    Ok(match lower.as_str() {
        "enter" => key(KeyCode::Enter),
        "esc" => key(KeyCode::Esc),
        "tab" => key(KeyCode::Tab),
        "shift-tab" => key(KeyCode::BackTab),
        "space" => ch(' '),
        "up" => key(KeyCode::Up),
        "down" => key(KeyCode::Down),
        "left" => key(KeyCode::Left),
        "right" => key(KeyCode::Right),
        "pageup" => key(KeyCode::PageUp),
        "pagedown" => key(KeyCode::PageDown),
        "home" => key(KeyCode::Home),
        "end" => key(KeyCode::End),
        "backspace" => key(KeyCode::Backspace),
        "delete" => key(KeyCode::Delete),
        "insert" => key(KeyCode::Insert),
        _ => return Err(none()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str) -> String {
        read(text).expect_err("it was taken").words(Lang::En)
    }

    #[test]
    fn an_action_gets_the_keys_of_the_settings_and_loses_its_own() {
        let keymap =
            read("[keys]\nquit = [\"Q\", \"ctrl-q\"]\n[keys.browse]\nsort = 'F5'\n").unwrap();
        let browse = [When::Browse, When::Global];
        assert_eq!(keymap.action(&[When::Form, When::Always], ch('Q')), None, "it is typed");
        assert_eq!(keymap.action(&[When::Always], ctrl('q')), Some(Action::Quit));
        assert_eq!(keymap.action(&browse, ch('Q')), Some(Action::Quit));
        assert_eq!(keymap.action(&browse, ctrl('q')), Some(Action::Quit));
        assert_eq!(keymap.action(&browse, ch('q')), None);
        assert_eq!(keymap.action(&browse, key(KeyCode::F(5))), Some(Action::Sort));
        assert_eq!(keymap.action(&browse, ch('o')), None);
        assert_eq!(read("lang = 'ko'").unwrap(), Keymap::default());
    }

    #[test]
    fn a_context_is_above_everywhere() {
        let keymap = read("[keys.page]\nbid = 'v'\n[keys]\nbid = 'e'\n");
        // The table may not be opened again after one of its own.
        assert_eq!(keymap, Ok(read("[keys]\nbid = 'e'\npage.bid = 'v'\n").unwrap()));
        let keymap = keymap.unwrap();
        assert_eq!(keymap.action(&[When::Page], ch('v')), Some(Action::Bid));
        assert_eq!(keymap.action(&[When::Page], ch('e')), None);
        assert_eq!(keymap.action(&[When::Mine], ch('e')), Some(Action::Bid));
    }

    #[test]
    fn what_is_no_name_is_told_with_its_line() {
        let words = refused("lang = 'ko'\n\n[keys]\nfly = 'f'\n");
        assert!(words.starts_with("line 4, keys.fly: "), "{words}");
        assert!(words.contains("buy-now"), "{words}");
        assert!(refused("[keys.garden]\nbid = 'b'\n").starts_with("line 1, keys.garden: "));
        let words = refused("[keys.wallet]\nbid = 'b'\n");
        assert!(words.starts_with("line 2, keys.wallet.bid: ") && words.contains("top-up"));
        for bad in ["''", "'f13'", "'ctrl-1'", "'hyper-x'", "'값'", "7", "[]", "[1]", "true"] {
            let words = refused(&format!("[keys]\nquit = {bad}\n"));
            assert!(words.starts_with("line 2, keys.quit: "), "{bad}: {words}");
        }
    }

    #[test]
    fn two_actions_of_a_context_do_not_share_a_key() {
        let words = refused("[keys.browse]\nsort = 'p'\n");
        assert_eq!(words, "line 2, keys.browse.sort: p is the key of phase in browse already");
        assert!(read("[keys.browse]\nsort = 'p'\nphase = 'o'\n").is_ok(), "they change places");
        assert!(read("[keys.browse]\nsort = 'q'\n").is_ok(), "what is on top comes first");
        assert_eq!(refused("[keys.browse]\nsort = 'v'\nphase = 'v'\n").lines().count(), 2);
    }

    #[test]
    fn what_must_be_typed_stays_typed() {
        for setting in [
            "form]\nsubmit = 's'",
            "search]\nopen = 'space'",
            "always]\nhelp = 'left'",
            "amount]\nmore = '7'",
            "palette]\nopen = 'home'",
            "form]\nback = 'ㅂ'",
        ] {
            let words = refused(&format!("[keys.{setting}"));
            assert!(words.contains("typed"), "{words}");
        }
        assert!(refused("[keys]\nsubmit = 'h'").starts_with("line 2, keys.submit: h is needed"));
        let keymap = read("[keys]\nhelp = 'e'").unwrap();
        assert_eq!(keymap.action(&[When::Global], ch('e')), Some(Action::Help));
        assert_eq!(keymap.action(&[When::Always], key(KeyCode::F(1))), Some(Action::Help));
    }

    #[test]
    fn keys_that_a_terminal_cannot_tell_apart_are_none() {
        assert!(refused("[keys]\nquit = 'ctrl-i'").contains("tab"));
        assert!(refused("[keys]\nquit = 'Ctrl-M'").contains("enter"));
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let words = refused("[keys]\nfly = 'f'\nquit = 'f99'\n[keys.browse]\nsort = 'p'\n");
        let lines: Vec<&str> = words.lines().map(|line| line.split(',').next().unwrap()).collect();
        assert_eq!(lines, ["line 2", "line 3", "line 5"]);
    }

    #[test]
    fn a_korean_letter_is_the_key_it_is_on() {
        assert_eq!(parse("ㅂ"), Ok(ch('q')));
        assert_eq!(parse("F1"), Ok(key(KeyCode::F(1))));
        assert_eq!(parse("f"), Ok(ch('f')));
    }
}
