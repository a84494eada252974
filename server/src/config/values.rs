//! How the values of settings are written, and what they mean.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use artipul_common::{Money, accounts::Secret};
use ipnet::IpNet;

use super::{Limit, MIN_SECRET_BYTES};
use crate::{auction::Increments, db::Backend, media::store::Place};

pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() { Err("is empty".to_owned()) } else { Ok(PathBuf::from(text)) }
}

pub(super) fn database(text: &str) -> Result<Backend, String> {
    if let Some(path) = text.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() {
            return Err("names no file".to_owned());
        }
        return Ok(Backend::Sqlite { path: PathBuf::from(path) });
    }
    if !text.starts_with("mysql://") {
        return Err("is of no database that is known".to_owned());
    }
    let options = mysql_async::Opts::from_url(text).map_err(|error| format!("({error})"))?;
    if options.db_name().is_none_or(str::is_empty) {
        return Err("names no database".to_owned());
    }
    Ok(Backend::Mysql { url: text.to_owned() })
}

pub(super) fn images(text: &str) -> Result<Place, String> {
    let is_bucket = |rest: &str| !rest.is_empty() && !rest.starts_with('/');
    match text.split_once("://") {
        Some(("s3", rest)) if is_bucket(rest) => Ok(Place::S3(text.to_owned())),
        Some(("gs", rest)) if is_bucket(rest) => Ok(Place::Gcs(text.to_owned())),
        Some(("s3" | "gs", _)) => Err("names no bucket".to_owned()),
        Some(("file", folder)) if folder.len() > 1 && folder.starts_with('/') => {
            Ok(Place::Folder(PathBuf::from(folder)))
        }
        Some(("memory", "" | "/")) => Ok(Place::Memory),
        _ => Err("is no place for images that is known".to_owned()),
    }
}

pub(super) fn redis(text: &str) -> Result<String, String> {
    match ::redis::parse_redis_url(text) {
        Some(_) if text.starts_with("redis://") => Ok(text.to_owned()),
        _ => Err("is no address of a Redis server".to_owned()),
    }
}

pub(super) fn http_url(text: &str) -> Result<String, String> {
    if text.starts_with("http://") || text.starts_with("https://") {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("is no web address".to_owned())
    }
}

pub(super) fn long_enough(text: &str) -> Result<Secret, String> {
    if text.len() >= MIN_SECRET_BYTES {
        Ok(Secret::new(text))
    } else {
        Err("is too short".to_owned())
    }
}

pub(super) fn choice<T: Copy>(text: &str, choices: &[(&str, T)]) -> Result<T, String> {
    choices
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, value)| *value)
        .ok_or_else(|| "is none of them".to_owned())
}

/// A duration like `250ms`, `3m`, `36h` or `7d`.
///
/// # Errors
/// What is wrong with it.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let wrong = || "is no duration like 500ms, 30s, 3m, 36h or 7d".to_owned();
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = |each: u64| number.checked_mul(each).map(Duration::from_secs).ok_or_else(wrong);
    let parsed = match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(3_600),
        "d" => seconds(86_400),
        _ => Err(wrong()),
    }?;
    // A century is enough for everything, and cannot overflow a date.
    if parsed > Duration::from_secs(100 * 366 * 86_400) { Err(wrong()) } else { Ok(parsed) }
}

pub(super) fn limit(text: &str) -> Result<Limit, String> {
    let wrong = || "is no limit like 5/1h".to_owned();
    let (count, window) = text.split_once('/').ok_or_else(wrong)?;
    Ok(Limit { count: count.parse().map_err(|_| wrong())?, window: duration(window)? })
}

/// A value, or the word for none.
pub(super) fn or_off<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, String> {
    if text == "off" { Ok(None) } else { parse(text).map(Some) }
}

pub(super) fn places(text: &str) -> Result<usize, String> {
    let number = text.parse().map_err(|_| "is no whole number".to_owned())?;
    if (1..=1_000_000).contains(&number) { Ok(number) } else { Err("is out of range".to_owned()) }
}

pub(super) fn socket_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "is no address with a port".to_owned())
}

/// Each value of a list with commas.
fn each<T>(text: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    text.split(',').map(|part| parse(part.trim())).collect()
}

pub(super) fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    each(text, |part| {
        let address = part.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
        let network = address.or_else(|_| part.parse::<IpNet>());
        network.map_err(|_| format!("has {part:?}, which is no network"))
    })
}

/// Origins as browsers write them: a scheme and a host, with a port if it is not the scheme's own.
pub(super) fn origins(text: &str) -> Result<Vec<String>, String> {
    each(text, |part| {
        let host = part.strip_prefix("https://").or_else(|| part.strip_prefix("http://"));
        let is_host = |host: &str| {
            !host.is_empty()
                && host.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase())
                && !host.contains(['/', '?', '#', '@', '*'])
        };
        if host.is_some_and(is_host) {
            Ok(part.to_owned())
        } else {
            Err(format!("has {part:?}, which is no origin"))
        }
    })
}

pub(super) fn increments(text: &str) -> Result<Increments, String> {
    let wrong = || "is no table".to_owned();
    let amount = |text: &str| text.trim().parse().map(Money::new).map_err(|_| wrong());
    let rows = text
        .split(',')
        .map(|row| match row.split_once(':') {
            Some((bound, step)) => Ok((Some(amount(bound)?), amount(step)?)),
            None => Ok((None, amount(row)?)),
        })
        .collect::<Result<Vec<_>, String>>()?;
    Increments::new(rows).map_err(|error| format!("is no table ({error})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("2h"), Ok(Duration::from_secs(7_200)));
        for text in ["", "5", "m", "-1s", "1.5h", "1w", "99999999999999999999s", "9999999999d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        let parsed = networks("127.0.0.1, 10.0.0.0/8,::1,2001:db8::/32,::ffff:192.0.2.7").unwrap();
        let written: Vec<String> = parsed.iter().map(ToString::to_string).collect();
        assert_eq!(
            written,
            ["127.0.0.1/32", "10.0.0.0/8", "::1/128", "2001:db8::/32", "192.0.2.7/32"]
        );
        for text in ["", "proxy.internal", "10.0.0.0/33", "10.0.0.1,", "*"] {
            assert!(networks(text).is_err(), "{text}");
        }
    }

    #[test]
    fn origins_are_written_as_browsers_do() {
        let text = "https://app.example, http://localhost:3000";
        assert_eq!(origins(text).unwrap(), ["https://app.example", "http://localhost:3000"]);
        for text in
            ["", "*", "https://", "app.example", "https://App.example", "https://a.example/"]
        {
            assert!(origins(text).is_err(), "{text}");
        }
    }

    #[test]
    fn images_are_in_a_bucket_a_folder_or_the_process() {
        let s3 = "s3://bucket/some/prefix".to_owned();
        assert_eq!(images(&s3), Ok(Place::S3(s3.clone())));
        assert_eq!(images("gs://bucket"), Ok(Place::Gcs("gs://bucket".to_owned())));
        let folder = PathBuf::from("/var/lib/artipul");
        assert_eq!(images("file:///var/lib/artipul"), Ok(Place::Folder(folder)));
        assert_eq!(images("memory:///"), Ok(Place::Memory));
        for text in ["", "images", "s3://", "gs:///prefix", "file://", "file://host/x", "http://a"]
        {
            assert!(images(text).is_err(), "{text}");
        }
    }
}
