//! Who asks, where proxies stand in between.
//!
//! Only proxies that the configuration names are believed. Each adds whom it hears to the end of
//! `X-Forwarded-For`, so the list is read from its end, as long as who speaks is one of them; what
//! stands further to the front was said by the client himself, who may say anything. Of the headers
//! with this purpose it is the only one that is read.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use warp::http::HeaderMap;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies that are believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Those of these networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    fn has(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who asks, of a request that came from this peer with these headers. What cannot be read was
    /// sent by whoever passed it on.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if self.0.is_empty() || !self.has(client) {
            return client;
        }
        let values = headers.get_all(FORWARDED_FOR).iter().rev();
        let hops = values.flat_map(|value| value.to_str().unwrap_or_default().rsplit(','));
        for hop in hops {
            let Some(address) = address(hop.trim()) else { break };
            client = address;
            if !self.has(client) {
                break;
            }
        }
        client
    }
}

/// An address, which may have a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use warp::http::HeaderValue;

    use super::*;

    /// Whom a request is from, with proxies at 10.0.0.0/8 and 2001:db8::5.
    fn client(peer: &str, lines: &[&str]) -> String {
        let networks = ["10.0.0.0/8", "2001:db8::5/128"].map(|network| network.parse().unwrap());
        let mut headers = HeaderMap::new();
        for line in lines {
            let line = HeaderValue::from_bytes(line.as_bytes()).unwrap();
            headers.append(FORWARDED_FOR, line);
        }
        let proxies = TrustedProxies::new(networks.to_vec());
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn whoever_is_no_proxy_is_not_believed() {
        assert_eq!(client("192.0.2.7", &["203.0.113.9"]), "192.0.2.7");
        assert_eq!(client("2001:db8::6", &["203.0.113.9"]), "2001:db8::6");
        let none = TrustedProxies::default();
        let headers = HeaderMap::from_iter([(
            FORWARDED_FOR.parse().unwrap(),
            HeaderValue::from_static("203.0.113.9"),
        )]);
        let peer = "10.0.0.1".parse().unwrap();
        assert_eq!(none.client(peer, &headers), peer);
    }

    #[test]
    fn a_proxy_says_whom_it_hears() {
        assert_eq!(client("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("::ffff:10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("2001:db8::5", &["2001:db8:1::9"]), "2001:db8:1::9");
        assert_eq!(client("10.0.0.1", &["::ffff:203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &["203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &["[2001:db8:1::9]:4711"]), "2001:db8:1::9");
        assert_eq!(client("10.0.0.1", &["[2001:db8:1::9]"]), "2001:db8:1::9");
    }

    #[test]
    fn what_the_client_says_of_himself_does_not_count() {
        assert_eq!(client("10.0.0.1", &["1.1.1.1, 10.9.9.9, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &["1.1.1.1", "203.0.113.9"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &["nonsense, 203.0.113.9"]), "203.0.113.9");
    }

    #[test]
    fn proxies_may_stand_in_a_row() {
        assert_eq!(client("10.0.0.1", &["203.0.113.9, 10.0.0.3", "10.0.0.2"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3", "it asks by itself");
    }

    #[test]
    fn behind_what_cannot_be_read_is_whoever_passed_it_on() {
        for line in
            ["", "unknown", "203.0.113.9, ", "203.0.113.9, _hidden", "203.0.113.999", "\u{fc}"]
        {
            assert_eq!(client("10.0.0.1", &[line]), "10.0.0.1", "{line:?}");
        }
        assert_eq!(client("10.0.0.1", &["garbage, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }
}
