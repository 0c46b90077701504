//! Why an answer did not come, as data: the view has a text with the fix for each, in two languages.

use serde::Serialize;

use super::endpoint::{BadAddress, Endpoint, Reach};

/// What stands between the page and the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Diagnosis {
    /// What was typed is no address.
    BadAddress {
        /// What is wrong with it.
        reason: BadAddress,
    },
    /// The page's own content security policy forbids the server.
    BlockedByPolicy {
        /// Origin to be added to `connect-src`.
        origin: String,
    },
    /// A page served over https may not ask a server over http.
    MixedContent {
        /// Origin asked.
        origin: String,
    },
    /// The browser's permission for local networks was refused or not yet given.
    LocalNetwork {
        /// This machine, rather than a private network.
        loopback: bool,
    },
    /// The server is there but does not allow this page to read its answers.
    NoCors {
        /// Which server, for the exact fix.
        server: CorsAdvice,
        /// Origin of this page, to be allowed.
        page_origin: String,
    },
    /// Nobody answers there: refused, unknown name, or no way.
    Unreachable {
        /// Origin asked.
        origin: String,
    },
    /// No answer in time.
    Timeout {
        /// Seconds waited.
        seconds: u32,
    },
    /// Status 401.
    NotLoggedIn,
    /// Status 403.
    NotAllowed,
    /// Status 404 or 405: another server, or the API is below another path.
    WrongPath,
    /// Status 400: the server did not understand the query.
    BadQuery {
        /// The server's own words.
        message: String,
    },
    /// Status 422: the query could not be worked out.
    QueryTooHeavy {
        /// The server's own words.
        message: String,
    },
    /// Status 429, 499 or 503: try again later.
    Busy {
        /// The server's own words.
        message: String,
    },
    /// Any other status.
    Status {
        /// The status.
        status: u16,
        /// The server's own words.
        message: String,
    },
    /// A web page came instead of data: a login, or a proxy's error.
    Html {
        /// The status it came with.
        status: u16,
    },
    /// Neither JSON nor metrics.
    Malformed,
    /// The answer is larger than what a page should take.
    TooLarge {
        /// Largest answer taken, bytes.
        limit_bytes: u64,
    },
    /// The server answers, but has no metric that is known here.
    NothingKnown,
    /// The server answers, but nothing is there for now.
    NoData,
}

/// What must be set so that a page may read the answers, by kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CorsAdvice {
    /// Prometheus, Thanos: an answer came for simple requests only, or basic auth is in the way.
    Prometheus,
    /// Prometheus with its own basic auth, which refuses every preflight.
    PrometheusWithAuth,
    /// A tenant header, which only gateways allow.
    TenantHeader,
    /// vLLM from 0.32 on: `--allowed-origins`.
    Vllm,
    /// An exporter, MindIE: no way but a proxy or serving the page from the same origin.
    Exporter,
}

/// What is asked there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Prometheus' API.
    Api,
    /// An engine's or exporter's own `/metrics`.
    Metrics,
}

/// What is known when a browser's fetch failed without a status: always the same `TypeError`.
#[derive(Clone, Debug)]
pub struct FailedFetch<'a> {
    /// Whom it went to.
    pub endpoint: &'a Endpoint,
    /// What was asked.
    pub asked: Asked,
    /// Origin of the page, e.g. "https://planner.example".
    pub page_origin: &'a str,
    /// A violation of the policy was reported for this address.
    pub policy_violation: bool,
    /// State of the permission for the address's reach: `Some(false)` = denied, `None` = unknown.
    pub local_network_granted: Option<bool>,
    /// A request without CORS got through: the server is up.
    pub opaque_probe_succeeded: bool,
    /// An Authorization header was sent.
    pub sent_auth: bool,
    /// A tenant header was sent.
    pub sent_tenant: bool,
    /// It took longer than allowed.
    pub timed_out_after_s: Option<u32>,
}

impl FailedFetch<'_> {
    /// The ladder: what is known for sure comes first.
    pub fn diagnose(&self) -> Diagnosis {
        let origin = self.endpoint.origin();
        let reach = self.endpoint.reach();
        if let Some(seconds) = self.timed_out_after_s {
            return Diagnosis::Timeout { seconds };
        }
        if self.policy_violation {
            return Diagnosis::BlockedByPolicy { origin };
        }
        let page_is_https = self.page_origin.starts_with("https://");
        if page_is_https && !self.endpoint.is_https() && reach != Reach::Loopback {
            return Diagnosis::MixedContent { origin };
        }
        if reach != Reach::Public && self.local_network_granted == Some(false) {
            return Diagnosis::LocalNetwork {
                loopback: reach == Reach::Loopback,
            };
        }
        if self.opaque_probe_succeeded {
            return Diagnosis::NoCors {
                server: self.advice(),
                page_origin: self.page_origin.to_owned(),
            };
        }
        Diagnosis::Unreachable { origin }
    }

    fn advice(&self) -> CorsAdvice {
        match self.asked {
            Asked::Api if self.sent_tenant => CorsAdvice::TenantHeader,
            Asked::Api if self.sent_auth => CorsAdvice::PrometheusWithAuth,
            Asked::Api => CorsAdvice::Prometheus,
            // vLLM serves on 8000 by default; exporters on 8082, 9400, 9100, 5000.
            Asked::Metrics if self.endpoint.origin().ends_with(":8000") => CorsAdvice::Vllm,
            Asked::Metrics => CorsAdvice::Exporter,
        }
    }
}

impl Diagnosis {
    /// What a status means, with the server's own words.
    pub fn of_status(status: u16, html: bool, message: &str) -> Self {
        let message = message.to_owned();
        match status {
            401 | 407 => Self::NotLoggedIn,
            403 => Self::NotAllowed,
            _ if html => Self::Html { status },
            404 | 405 => Self::WrongPath,
            400 => Self::BadQuery { message },
            422 => Self::QueryTooHeavy { message },
            429 | 499 | 503 | 504 => Self::Busy { message },
            200..=299 => Self::Malformed,
            _ => Self::Status { status, message },
        }
    }

    /// Trying again by itself may help; otherwise the user has to do something.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::Busy { .. } | Self::NoData
        ) || matches!(self, Self::Status { status, .. } | Self::Html { status } if *status >= 500)
    }
}

/// Seconds until the next try after `failures` in a row: doubled each time up to five minutes,
/// spread by `jitter` (0..1) so that many pages do not come back together.
pub fn backoff_s(interval_s: f64, failures: u32, jitter: f64) -> f64 {
    let doubled = interval_s * f64::from(1u32 << failures.min(8));
    let wait = doubled.clamp(interval_s, interval_s.max(300.0));
    wait * (0.75 + 0.5 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnose(address: &str, change: impl FnOnce(&mut FailedFetch<'_>)) -> Diagnosis {
        let endpoint = Endpoint::parse(address).unwrap().0;
        let mut failed = FailedFetch {
            endpoint: &endpoint,
            asked: Asked::Api,
            page_origin: "https://planner.example",
            policy_violation: false,
            local_network_granted: None,
            opaque_probe_succeeded: false,
            sent_auth: false,
            sent_tenant: false,
            timed_out_after_s: None,
        };
        change(&mut failed);
        failed.diagnose()
    }

    #[test]
    fn the_ladder_goes_from_the_sure_to_the_rest() {
        let origin = |o: &str| o.to_owned();
        assert_eq!(
            diagnose("https://p.example", |f| f.policy_violation = true),
            Diagnosis::BlockedByPolicy {
                origin: origin("https://p.example")
            }
        );
        assert_eq!(
            diagnose("http://10.0.0.1:9090", |_| ()),
            Diagnosis::MixedContent {
                origin: origin("http://10.0.0.1:9090")
            }
        );
        assert_eq!(
            diagnose("http://127.0.0.1:9090", |f| f.local_network_granted =
                Some(false)),
            Diagnosis::LocalNetwork { loopback: true }
        );
        assert_eq!(
            diagnose("http://127.0.0.1:9090", |f| f.local_network_granted =
                Some(true)),
            Diagnosis::Unreachable {
                origin: origin("http://127.0.0.1:9090")
            }
        );
        assert_eq!(
            diagnose("https://p.example", |f| f.timed_out_after_s = Some(10)),
            Diagnosis::Timeout { seconds: 10 }
        );
    }

    #[test]
    fn missing_cors_names_the_fix_for_the_server() {
        let server = |address: &str, change: fn(&mut FailedFetch<'_>)| {
            let diagnosis = diagnose(address, |f| {
                f.opaque_probe_succeeded = true;
                change(f);
            });
            match diagnosis {
                Diagnosis::NoCors { server, .. } => server,
                other => panic!("{other:?}"),
            }
        };
        let api = "https://p.example";
        assert_eq!(server(api, |_| ()), CorsAdvice::Prometheus);
        assert_eq!(
            server(api, |f| f.sent_auth = true),
            CorsAdvice::PrometheusWithAuth
        );
        assert_eq!(
            server(api, |f| f.sent_tenant = true),
            CorsAdvice::TenantHeader
        );
        let direct = |f: &mut FailedFetch<'_>| f.asked = Asked::Metrics;
        assert_eq!(server("https://p.example:8000", direct), CorsAdvice::Vllm);
        assert_eq!(
            server("https://p.example:8082", direct),
            CorsAdvice::Exporter
        );
    }

    #[test]
    fn waits_longer_and_longer_up_to_five_minutes() {
        assert_eq!(backoff_s(5.0, 0, 0.5), 5.0);
        assert_eq!(backoff_s(5.0, 3, 0.5), 40.0);
        assert_eq!(backoff_s(5.0, 60, 0.5), 300.0);
        assert_eq!(backoff_s(600.0, 9, 0.5), 600.0);
        assert!(backoff_s(5.0, 3, 0.0) < backoff_s(5.0, 3, 1.0));
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        assert!(Diagnosis::of_status(503, false, "").may_pass());
        assert!(Diagnosis::of_status(502, true, "").may_pass());
        assert!(!Diagnosis::NotLoggedIn.may_pass());
        assert!(!Diagnosis::Html { status: 200 }.may_pass());
    }
}
