//! Where to ask, and as whom. Secrets never show: neither when printed nor when written out.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An address that cannot be used, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BadAddress {
    /// Nothing was entered.
    Empty,
    /// Neither http nor https.
    Scheme,
    /// No host, or characters that no host has.
    Host,
    /// A port that is no number up to 65535.
    Port,
}

/// The address of a server, without user, password, query and fragment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Endpoint {
    https: bool,
    /// Host with port as written, lower case.
    authority: String,
    /// Path without trailing slash, e.g. "/select/0/prometheus"; "" = root.
    path: String,
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.base()
    }
}

impl TryFrom<String> for Endpoint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Endpoint::parse(&text)
            .map(|(endpoint, _)| endpoint)
            .map_err(|reason| format!("not an address: {reason:?}"))
    }
}

impl Endpoint {
    /// Reads what a user typed: `prometheus:9090`, `https://host/prom/`, or a page of the server
    /// such as `http://host:9090/graph?g0.expr=up`. The flag says that a user and password were in
    /// it, which were dropped (browsers refuse such addresses).
    pub fn parse(text: &str) -> Result<(Self, bool), BadAddress> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadAddress::Empty);
        }
        let (https, rest) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            Some(_) => return Err(BadAddress::Scheme),
            // `javascript:alert(1)` and the like: a word, a colon and no port.
            None if has_other_scheme(text) => return Err(BadAddress::Scheme),
            None => (false, text),
        };
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = match rest.find(['/', '\\']) {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (had_user, authority) = match authority.rsplit_once('@') {
            Some((_, host)) => (true, host),
            None => (false, authority),
        };
        check_authority(authority)?;
        let endpoint = Self {
            https,
            authority: authority.to_ascii_lowercase(),
            path: base_path(path),
        };
        Ok((endpoint, had_user))
    }

    /// Scheme, host and port: what a secret is bound to.
    pub fn origin(&self) -> String {
        let scheme = if self.https { "https" } else { "http" };
        format!("{scheme}://{}", self.authority)
    }

    /// The whole address without a trailing slash.
    pub fn base(&self) -> String {
        self.origin() + &self.path
    }

    /// Address of an API path such as `/api/v1/query`.
    pub fn url(&self, path: &str) -> String {
        format!(
            "{}{}/{}",
            self.origin(),
            self.path,
            path.trim_start_matches('/')
        )
    }

    /// Speaks TLS.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Host without port.
    pub fn host(&self) -> &str {
        host_of(&self.authority)
    }

    /// How far away the host is by its name.
    pub fn reach(&self) -> Reach {
        reach_of(self.host())
    }

    /// What to call the address's space in a fetch (`targetAddressSpace`), so that the browser asks its
    /// reader for the local network instead of blocking mixed content. Only for addresses that are
    /// certain: a wrong word fails. `None` = none needed or not known; also for the page's own origin.
    pub fn address_space(&self, page_origin: &str) -> Option<&'static str> {
        if self.origin() == page_origin {
            return None;
        }
        let numbers = self.host().parse::<std::net::IpAddr>().is_ok();
        match self.reach() {
            Reach::Loopback => Some("loopback"),
            Reach::Local if numbers && !self.https => Some("local"),
            Reach::Local | Reach::Public => None,
        }
    }

    /// A secret would travel in the clear over a network.
    pub fn exposes_secrets(&self) -> bool {
        !self.https && self.reach() != Reach::Loopback
    }
}

/// Where a host is, as browsers see it for mixed content and local-network permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// This machine.
    Loopback,
    /// A private network.
    Local,
    /// Anywhere.
    Public,
}

fn host_of(authority: &str) -> &str {
    if let Some(inside) = authority.strip_prefix('[') {
        return inside.split(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

fn reach_of(host: &str) -> Reach {
    if host == "localhost" || host.ends_with(".localhost") {
        return Reach::Loopback;
    }
    if let Ok(address) = host.parse::<std::net::Ipv4Addr>() {
        return if address.is_loopback() {
            Reach::Loopback
        } else if address.is_private() || address.is_link_local() {
            Reach::Local
        } else {
            Reach::Public
        };
    }
    if let Ok(address) = host.parse::<std::net::Ipv6Addr>() {
        return if address.is_loopback() {
            Reach::Loopback
        } else if address.is_unique_local() || address.is_unicast_link_local() {
            Reach::Local
        } else {
            Reach::Public
        };
    }
    // A name without a dot is only known inside.
    if host.ends_with(".local") || !host.contains('.') {
        Reach::Local
    } else {
        Reach::Public
    }
}

fn has_other_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(word, rest)| {
        let port = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let user = rest.contains('@');
        let letters = word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        letters && !user && !port.is_empty() && !port.bytes().all(|b| b.is_ascii_digit())
    })
}

fn check_authority(authority: &str) -> Result<(), BadAddress> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(inside) => {
            let (host, port) = inside.split_once(']').ok_or(BadAddress::Host)?;
            host.parse::<std::net::Ipv6Addr>()
                .map_err(|_| BadAddress::Host)?;
            (host, port)
        }
        None => match authority.find(':') {
            Some(at) => authority.split_at(at),
            None => (authority, ""),
        },
    };
    let plain = |c: char| c.is_alphanumeric() || "-._:".contains(c);
    if host.is_empty() || !host.chars().all(plain) {
        return Err(BadAddress::Host);
    }
    match port.strip_prefix(':') {
        Some(number) if number.parse::<u16>().is_ok_and(|n| n > 0) => Ok(()),
        None if port.is_empty() => Ok(()),
        _ => Err(BadAddress::Port),
    }
}

/// The server's base path behind what users copy from the address bar.
fn base_path(path: &str) -> String {
    let path = path.trim_end_matches('/');
    let cut = [
        "/api/v1", "/graph", "/query", "/targets", "/classic", "/vmui",
    ]
    .iter()
    .filter_map(|page| {
        let at = path.rfind(page)?;
        let after = path.get(at + page.len()..)?;
        // The Kubernetes API serves proxies to services below the same words.
        let kubernetes = after.starts_with("/namespaces/");
        (after.is_empty() || after.starts_with('/') && !kubernetes).then_some(at)
    })
    .min();
    path.get(..cut.unwrap_or(path.len()))
        .unwrap_or_default()
        .trim_end_matches('/')
        .to_owned()
}

/// A text that must not be seen: it prints and serialises as nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one request header that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Nothing was entered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() {
            "Secret(empty)"
        } else {
            "Secret(…)"
        })
    }
}

/// As whom to ask. Not serialisable on purpose: see [`AuthKind`] for what may be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// As nobody.
    #[default]
    None,
    /// A bearer token.
    Bearer(Secret),
    /// User and password.
    Basic(Secret, Secret),
}

/// The kind of an [`Auth`]: all that links, files and stores may know of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthKind {
    /// As nobody.
    #[default]
    None,
    /// A bearer token.
    Bearer,
    /// User and password.
    Basic,
}

impl Auth {
    /// Its kind.
    pub fn kind(&self) -> AuthKind {
        match self {
            Self::None => AuthKind::None,
            Self::Bearer(_) => AuthKind::Bearer,
            Self::Basic(..) => AuthKind::Basic,
        }
    }

    /// Value of the Authorization header.
    fn header(&self) -> Option<Secret> {
        match self {
            Self::None => None,
            Self::Bearer(token) if token.is_empty() => None,
            Self::Bearer(token) => Some(Secret(format!("Bearer {}", token.reveal()))),
            Self::Basic(user, password) => {
                let pair = format!("{}:{}", user.reveal(), password.reveal());
                Some(Secret(format!("Basic {}", base64(pair.as_bytes()))))
            }
        }
    }
}

/// A server with the rights to ask it. The secret is bound to the origin it was entered for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Where.
    pub endpoint: Endpoint,
    auth: Auth,
    bound_to: String,
    tenant: String,
}

impl Access {
    /// Binds an identity to the endpoint's origin. `tenant` goes out as `X-Scope-OrgID` when not
    /// empty (a plain Prometheus refuses that header in a browser's preflight).
    pub fn new(endpoint: Endpoint, auth: Auth, tenant: &str) -> Self {
        Self {
            bound_to: endpoint.origin(),
            endpoint,
            auth,
            tenant: tenant.trim().to_owned(),
        }
    }

    /// The kind of identity.
    pub fn kind(&self) -> AuthKind {
        self.auth.kind()
    }

    /// A tenant was named.
    pub fn has_tenant(&self) -> bool {
        !self.tenant.is_empty()
    }

    /// Headers for a request to `url`; none for another origin than the one bound to.
    pub fn headers_for(&self, url: &str) -> Vec<(&'static str, Secret)> {
        let same_origin = url
            .strip_prefix(&self.bound_to)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
        if !same_origin {
            return Vec::new();
        }
        let auth = self.auth.header().map(|value| ("Authorization", value));
        let tenant = self
            .has_tenant()
            .then(|| ("X-Scope-OrgID", Secret::new(&self.tenant)));
        auth.into_iter().chain(tenant).collect()
    }
}

/// Base64 with padding (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let letter = ALPHABET[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= chunk.len() {
                char::from(letter)
            } else {
                '='
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_space_of_an_address_is_named_where_it_is_certain() {
        for (typed, space) in [
            ("http://127.0.0.1:9090", Some("loopback")),
            ("https://localhost", Some("loopback")),
            ("http://[::1]:9090", Some("loopback")),
            ("http://10.1.2.3:9090", Some("local")),
            ("http://192.168.0.9", Some("local")),
            ("https://10.1.2.3", None),
            ("http://prometheus:9090", None),
            ("https://prom.example", None),
            ("http://8.8.8.8", None),
        ] {
            let (endpoint, _) = Endpoint::parse(typed).unwrap();
            assert_eq!(
                endpoint.address_space("https://page.example"),
                space,
                "{typed}"
            );
            assert_eq!(endpoint.address_space(&endpoint.origin()), None, "{typed}");
        }
    }

    fn base(text: &str) -> Result<String, BadAddress> {
        Endpoint::parse(text).map(|(e, _)| e.base())
    }

    #[test]
    fn reads_what_people_type() {
        for (typed, expected) in [
            ("prometheus:9090", "http://prometheus:9090"),
            (" HTTPS://Host.Example/prom/ ", "https://host.example/prom"),
            ("http://h:9090/graph?g0.expr=up#x", "http://h:9090"),
            ("http://h/prom/api/v1/query", "http://h/prom"),
            (
                "http://h:8428/select/0/prometheus",
                "http://h:8428/select/0/prometheus",
            ),
            ("http://h:8428/vmui/", "http://h:8428"),
            ("[::1]:9090", "http://[::1]:9090"),
            ("127.0.0.1", "http://127.0.0.1"),
            (
                "h/api/v1/namespaces/m/services/p:9090/proxy",
                "http://h/api/v1/namespaces/m/services/p:9090/proxy",
            ),
        ] {
            assert_eq!(base(typed).as_deref(), Ok(expected), "{typed}");
        }
        let (endpoint, _) = Endpoint::parse("http://h:9090/p").unwrap();
        assert_eq!(
            endpoint.url("/api/v1/query"),
            "http://h:9090/p/api/v1/query"
        );
        let json = serde_json::to_string(&endpoint).unwrap();
        assert_eq!(serde_json::from_str::<Endpoint>(&json).unwrap(), endpoint);
    }

    #[test]
    fn refuses_what_is_no_address() {
        for (typed, reason) in [
            ("", BadAddress::Empty),
            ("ftp://h", BadAddress::Scheme),
            ("javascript:alert(1)", BadAddress::Scheme),
            ("data:text/html,x", BadAddress::Scheme),
            ("http://", BadAddress::Host),
            ("http://a b", BadAddress::Host),
            ("http://h:0", BadAddress::Port),
            ("http://h:99999", BadAddress::Port),
            ("http://[::1", BadAddress::Host),
        ] {
            assert_eq!(base(typed), Err(reason), "{typed}");
        }
    }

    #[test]
    fn user_and_password_are_dropped_and_told() {
        let (endpoint, had_user) = Endpoint::parse("http://ann:s3cret@h:9090/x").unwrap();
        assert!(had_user);
        assert_eq!(endpoint.base(), "http://h:9090/x");
        assert!(!format!("{endpoint:?}").contains("s3cret"));
    }

    #[test]
    fn knows_how_far_a_host_is() {
        for (host, reach) in [
            ("localhost:9090", Reach::Loopback),
            ("127.8.0.1", Reach::Loopback),
            ("[::1]:1", Reach::Loopback),
            ("10.0.0.7", Reach::Local),
            ("192.168.1.1:9090", Reach::Local),
            ("[fd00::1]", Reach::Local),
            ("prom.local", Reach::Local),
            ("prometheus", Reach::Local),
            ("prom.example.com", Reach::Public),
            ("8.8.8.8", Reach::Public),
        ] {
            assert_eq!(Endpoint::parse(host).unwrap().0.reach(), reach, "{host}");
        }
        assert!(
            Endpoint::parse("http://10.0.0.7")
                .unwrap()
                .0
                .exposes_secrets()
        );
        assert!(
            !Endpoint::parse("http://127.0.0.1")
                .unwrap()
                .0
                .exposes_secrets()
        );
        assert!(
            !Endpoint::parse("https://10.0.0.7")
                .unwrap()
                .0
                .exposes_secrets()
        );
    }

    #[test]
    fn secrets_show_nowhere_and_stay_with_their_origin() {
        let endpoint = Endpoint::parse("https://prom.example/x").unwrap().0;
        for auth in [
            Auth::Bearer(Secret::new("t0ken-of-ann")),
            Auth::Basic(Secret::new("t0ken-of-ann"), Secret::new("t0ken-of-ann")),
        ] {
            let access = Access::new(endpoint.clone(), auth, "");
            assert!(!format!("{access:?}").contains("t0ken"));
            let headers = access.headers_for("https://prom.example/x/api/v1/query");
            assert_eq!(headers.len(), 1);
            assert!(!format!("{headers:?}").contains("t0ken"));
            for other in [
                "https://prom.example.evil.org/x",
                "https://prom.example@evil.org/",
                "https://prom.example:8443/x",
                "http://prom.example/x",
                "https://evil.org/?https://prom.example/",
            ] {
                assert!(access.headers_for(other).is_empty(), "{other}");
            }
        }
    }

    #[test]
    fn headers_are_as_the_standards_say() {
        let endpoint = Endpoint::parse("https://h").unwrap().0;
        let header = |auth| {
            let access = Access::new(endpoint.clone(), auth, " team-a ");
            let found = access.headers_for("https://h/api").into_iter();
            found
                .map(|(n, v)| (n, v.reveal().to_owned()))
                .collect::<Vec<_>>()
        };
        // RFC 7617's own example.
        let basic = header(Auth::Basic(
            Secret::new("Aladdin"),
            Secret::new("open sesame"),
        ));
        assert_eq!(basic[0].1, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(basic[1], ("X-Scope-OrgID", "team-a".to_owned()));
        assert_eq!(header(Auth::Bearer(Secret::new("abc")))[0].1, "Bearer abc");
        assert_eq!(header(Auth::None).len(), 1);
        assert_eq!(
            (base64(b""), base64(b"f"), base64(b"fo")),
            ("".into(), "Zg==".into(), "Zm8=".into())
        );
    }
}
