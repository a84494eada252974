//! Finds the route of a path.
//!
//! Every route is a warp filter of its own under a method and a path template. The table is
//! looked up once per request, so a route costs the same however many there are, a path without
//! the method is answered 405 with what it allows, and the OpenAPI document can be held against
//! the table.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    panic::AssertUnwindSafe,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use artipul_common::problem::ProblemCode;
use futures_util::FutureExt;
use matchit::Router as Paths;
use tower_service::Service;
use warp::{
    Filter,
    filters::BoxedFilter,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header},
    reject::Rejection,
    reply::{Reply, Response},
};

use super::{
    gate::Gate,
    problem::{Answer, Failure},
    quotas::{Allowance, kind_of},
    request::{REQUEST, REQUEST_ID, RequestId, RequestInfo},
};
use crate::{accounts::Caller, live::Kind, recent::Recent};

static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The routes of a resource.
#[derive(Default)]
pub struct Routes {
    routes: Vec<Route>,
}

struct Route {
    method: Method,
    template: &'static str,
    filter: BoxedFilter<(Response,)>,
}

macro_rules! methods {
    ($($name:ident => $method:ident),*) => {$(
        #[doc = concat!("Adds the route of ", stringify!($method), " at a template.")]
        #[must_use]
        pub fn $name<F>(self, template: &'static str, filter: F) -> Self
        where
            F: Filter<Extract = (Answer,), Error = Rejection> + Clone + Send + Sync + 'static,
            F::Future: Send,
        {
            self.add(Method::$method, template, filter)
        }
    )*};
}

impl Routes {
    methods!(get => GET, post => POST, put => PUT, patch => PATCH, delete => DELETE);

    fn add<F>(mut self, method: Method, template: &'static str, filter: F) -> Self
    where
        F: Filter<Extract = (Answer,), Error = Rejection> + Clone + Send + Sync + 'static,
        F::Future: Send,
    {
        let filter = filter
            .map(|answer: Answer| match answer {
                Ok(response) => response,
                Err(failure) => failure.into_response(),
            })
            .recover(refused)
            .unify()
            .boxed();
        self.routes.push(Route { method, template, filter });
        self
    }

    /// These routes and those.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.routes.extend(others.routes);
        self
    }
}

/// Rejections come from extractors only, and carry their problem.
async fn refused(rejection: Rejection) -> Result<Response, Infallible> {
    Ok(match rejection.find::<Failure>() {
        Some(Failure(problem)) => Failure(problem.clone()).into_response(),
        None => Failure::defect(format!("{rejection:?}")).into_response(),
    })
}

/// The table of all routes.
pub struct Router {
    paths: Paths<Place>,
    recent: Recent,
    gate: Gate,
}

struct Place {
    template: &'static str,
    methods: BTreeMap<&'static str, Endpoint>,
}

struct Endpoint {
    filter: BoxedFilter<(Response,)>,
    tally: Tally,
    /// Which limit it has.
    kind: Option<Kind>,
}

impl Router {
    /// The table of these routes; what changes something makes `recent` forget.
    pub fn new(routes: Routes, recent: Recent) -> Self {
        let mut places: BTreeMap<&'static str, Place> = BTreeMap::new();
        for Route { method, template, filter } in routes.routes {
            let methods = BTreeMap::new();
            let place = places.entry(template).or_insert(Place { template, methods });
            let tally = Tally::new(template, name(&method));
            let endpoint = Endpoint { filter, tally, kind: kind_of(&method, template) };
            let known = place.methods.insert(name(&method), endpoint);
            assert!(known.is_none(), "{method} {template} has two routes");
        }
        let mut paths = Paths::new();
        for (template, place) in places {
            paths.insert(template, place).expect("the templates do not collide");
        }
        Self { paths, recent, gate: Gate::default() }
    }

    /// The same table behind this gate.
    #[must_use]
    pub fn behind(self, gate: Gate) -> Self {
        Self { gate, ..self }
    }

    /// Answers a request.
    pub async fn answer<B>(&self, request: Request<B>, peer: SocketAddr) -> Response
    where
        B: http_body::Body + Send + Sync + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let started = Instant::now();
        let id = RequestId::random();
        let method = name(request.method());
        let found = self.paths.at(request.uri().path()).map(|found| Found {
            place: found.value,
            params: found.params.iter().map(|(_, value)| percent_decoded(value)).collect(),
        });
        let endpoint = found.as_ref().ok().and_then(|found| found.place.endpoint(method));
        let template = found.as_ref().map_or("none", |found| found.place.template);
        let asked = self.gate.headers.look(&request);
        let answering = async {
            let answer = AssertUnwindSafe(self.dispatch(request, peer, found, endpoint));
            answer
                .catch_unwind()
                .await
                .unwrap_or_else(|_| Failure::defect("a handler panicked").into_response())
        };
        let mut response = REQUEST_ID.scope(id, answering).await;
        response.headers_mut().insert(&X_REQUEST_ID, id.header());
        self.gate.headers.write(asked, &mut response);
        let status = response.status();
        if status.is_success() && !matches!(method, "GET" | "HEAD" | "OPTIONS") {
            // Whoever has changed something sees it.
            self.recent.forget();
        }
        match endpoint {
            Some(endpoint) => endpoint.tally.count(status, started.elapsed()),
            None => Tally::new(template, method).count(status, started.elapsed()),
        }
        tracing::debug!(%id, method, template, status = status.as_u16(), "answered");
        response
    }

    async fn dispatch<B, E>(
        &self,
        request: Request<B>,
        peer: SocketAddr,
        found: Result<Found<'_>, E>,
        endpoint: Option<&Endpoint>,
    ) -> Response
    where
        B: http_body::Body + Send + Sync + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let Ok(Found { place, params }) = found else {
            let failure = Failure::new(ProblemCode::NotFound, "there is nothing at this path");
            return failure.into_response();
        };
        let Some(endpoint) = endpoint else { return place.not_allowed(request.method()) };
        let address = self.gate.proxies.client(peer.ip(), request.headers());
        let (caller, allowance) = self.count(endpoint.kind, request.headers(), address);
        let mut response = match allowance.and_then(|allowance| allowance.refusal()) {
            Some(refusal) => refusal.into_response(),
            None => endpoint.answer(request, params, address, caller).await,
        };
        if let Some(allowance) = allowance {
            allowance.write(&mut response);
        }
        response
    }

    /// Who asks, as far as it matters for the limits, and what is left for him.
    fn count(
        &self,
        kind: Option<Kind>,
        headers: &HeaderMap,
        address: IpAddr,
    ) -> (Option<Caller>, Option<Allowance<'_>>) {
        let Some((kind, quotas)) = kind.zip(self.gate.quotas.as_ref()) else {
            return (None, None);
        };
        let caller = quotas.caller(headers);
        let user = caller.as_ref().map(|caller| caller.user);
        (caller, quotas.count(kind, user, address))
    }

    /// Every method and template, in order.
    pub fn table(routes: &Routes) -> Vec<(String, &'static str)> {
        let mut table: Vec<_> =
            routes.routes.iter().map(|r| (r.method.to_string(), r.template)).collect();
        table.sort();
        table
    }
}

/// What a path leads to.
struct Found<'a> {
    place: &'a Place,
    params: Vec<String>,
}

impl Endpoint {
    async fn answer<B>(
        &self,
        mut request: Request<B>,
        params: Vec<String>,
        address: IpAddr,
        caller: Option<Caller>,
    ) -> Response
    where
        B: http_body::Body + Send + Sync + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let query = request.uri().query().map(str::to_owned);
        // Moved, since every extractor that looks at them would copy them otherwise.
        let headers = std::mem::take(request.headers_mut());
        let info = RequestInfo { address, caller, params, query, headers };
        // Filters are always ready.
        let answering = warp::service(self.filter.clone()).call(request);
        let answer = REQUEST.scope(Arc::new(info), answering).await;
        answer.unwrap_or_else(|never: Infallible| match never {})
    }
}

/// What is counted of an endpoint's answers.
struct Tally {
    template: &'static str,
    method: &'static str,
    seconds: metrics::Histogram,
    /// By status, those that have occurred.
    answers: RwLock<Vec<(StatusCode, metrics::Counter)>>,
}

impl Tally {
    fn new(template: &'static str, method: &'static str) -> Self {
        let seconds = metrics::histogram!("artipul_http_request_seconds", "route" => template);
        Self { template, method, seconds, answers: RwLock::default() }
    }

    fn count(&self, status: StatusCode, elapsed: Duration) {
        self.seconds.record(elapsed);
        let answers = self.answers.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, counter)) = answers.iter().find(|(known, _)| *known == status) {
            counter.increment(1);
            return;
        }
        drop(answers);
        let labels = [
            ("route", self.template.to_owned()),
            ("method", self.method.to_owned()),
            ("status", status.as_str().to_owned()),
        ];
        let counter = metrics::counter!("artipul_http_requests_total", &labels);
        counter.increment(1);
        self.answers.write().unwrap_or_else(PoisonError::into_inner).push((status, counter));
    }
}

impl Place {
    /// Where a method leads. A HEAD is a GET whose body is not sent.
    fn endpoint(&self, method: &str) -> Option<&Endpoint> {
        self.methods.get(if method == "HEAD" { "GET" } else { method })
    }

    fn not_allowed(&self, method: &Method) -> Response {
        let mut allowed: Vec<&str> = self.methods.keys().copied().collect();
        if allowed.contains(&"GET") {
            allowed.push("HEAD");
        }
        allowed.push("OPTIONS");
        let allowed = allowed.join(", ");
        let mut response = if method == Method::OPTIONS {
            let mut response = Response::default();
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        } else {
            let detail = format!("this path takes {allowed}");
            Failure::new(ProblemCode::MethodNotAllowed, detail).into_response()
        };
        if let Ok(allowed) = HeaderValue::from_str(&allowed) {
            response.headers_mut().insert(header::ALLOW, allowed);
        }
        response
    }
}

/// The method's name; of methods that no route has, one for all, so that nobody can fill the
/// metrics with names of his own.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

fn percent_decoded(text: &str) -> String {
    // What is no UTF-8 after decoding is no name or number that anything here has.
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
