//! The OpenAPI document, made from the handlers' own descriptions.

use artipul_common::problem::ProblemCode;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        HeaderBuilder, RefOr, Response, Schema, Server,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};
use warp::http::Method;

use super::{
    quotas::kind_of,
    routes::{
        accounts as account_routes, admin as admin_routes, auctions as auction_routes,
        bids as bid_routes, credentials as credential_routes, images as image_routes,
        mine as mine_routes, operations as operation_routes, sessions as session_routes,
        social as social_routes, streams as stream_routes, tokens as token_routes,
        wallet as wallet_routes,
    },
};

/// The document of version 1.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Artipul",
        description = "Auctions of works by art students. Errors are problem documents (RFC 9457); \
            `code` is stable. Money is whole points, 1 point = 1 KRW. Times are RFC 3339 in UTC.",
        license(name = "MIT OR Apache-2.0"),
    ),
    paths(
        account_routes::send_code,
        account_routes::verify_code,
        account_routes::sign_up,
        account_routes::nickname_available,
        account_routes::show,
        account_routes::edit,
        credential_routes::find_email,
        credential_routes::reset,
        credential_routes::change_password,
        credential_routes::change_email,
        credential_routes::change_phone,
        credential_routes::close,
        session_routes::sign_in,
        session_routes::refresh,
        session_routes::sign_out,
        session_routes::list,
        session_routes::end_others,
        session_routes::end,
        token_routes::list,
        token_routes::make,
        token_routes::take_back,
        social_routes::providers,
        social_routes::begin,
        social_routes::come_back,
        social_routes::compare,
        social_routes::collect,
        social_routes::sign_up,
        social_routes::identities,
        social_routes::unlink,
        auction_routes::genres,
        auction_routes::list,
        auction_routes::offer,
        auction_routes::show,
        auction_routes::edit,
        auction_routes::cancel,
        auction_routes::relist,
        image_routes::add,
        image_routes::remove,
        image_routes::show,
        auction_routes::artist,
        auction_routes::artist_auctions,
        bid_routes::place,
        bid_routes::buy,
        bid_routes::history,
        stream_routes::one,
        stream_routes::many,
        stream_routes::mine,
        mine_routes::participations,
        mine_routes::purchases,
        mine_routes::my_auctions,
        mine_routes::watches,
        mine_routes::watch,
        mine_routes::unwatch,
        mine_routes::my_notifications,
        mine_routes::read,
        mine_routes::summary,
        wallet_routes::show,
        wallet_routes::entries,
        wallet_routes::charge,
        wallet_routes::confirm,
        wallet_routes::cancel,
        admin_routes::users,
        admin_routes::user,
        admin_routes::suspend_user,
        admin_routes::restore_user,
        admin_routes::suspend_work,
        admin_routes::restore_work,
        admin_routes::withdraw,
        admin_routes::charges,
        admin_routes::refund,
        admin_routes::actions,
        operation_routes::health,
        operation_routes::ready,
        operation_routes::metrics,
        operation_routes::document,
    ),
    modifiers(&Security, &Problems),
)]
pub struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        components
            .add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        components.add_security_scheme(
            "refresh",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(
                artipul_common::accounts::REFRESH_COOKIE,
            ))),
        );
    }
}

struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        // What can be refused can also fail, and does so in the same form.
        for (template, item) in &mut document.paths.paths {
            let operations = [
                (Method::GET, &mut item.get),
                (Method::POST, &mut item.post),
                (Method::PUT, &mut item.put),
                (Method::PATCH, &mut item.patch),
                (Method::DELETE, &mut item.delete),
            ];
            for (method, operation) in operations {
                let Some(operation) = operation else { continue };
                let responses = &mut operation.responses.responses;
                let Some(problem) = responses.get("4XX").cloned() else { continue };
                if let RefOr::T(problem) = &problem
                    && kind_of(&method, template).is_some()
                {
                    responses.insert("429".to_owned(), RefOr::T(one_too_many(problem.clone())));
                }
                responses.entry("5XX".to_owned()).or_insert(problem);
            }
        }
        // What clients take a code for that they do not know is never sent.
        let schemas = document.components.as_mut().map(|components| &mut components.schemas);
        if let Some(RefOr::T(Schema::Object(codes))) =
            schemas.and_then(|schemas| schemas.get_mut("ProblemCode"))
            && let Some(codes) = &mut codes.enum_values
        {
            codes.retain(|code| code != ProblemCode::Unknown.as_str());
        }
    }
}

/// A problem as the answer to whoever asks too often.
fn one_too_many(mut problem: Response) -> Response {
    let described = [
        ("Retry-After", "Seconds after which to ask again."),
        ("RateLimit-Limit", "How many are let in within the policy's window."),
        ("RateLimit-Remaining", "How many are left; this stands on every answer."),
        ("RateLimit-Reset", "Seconds until all of them are there again."),
        ("RateLimit-Policy", "The limit and the seconds of its window: `COUNT;w=SECONDS`."),
    ];
    let headers = described.map(|(name, description)| {
        let header = HeaderBuilder::new().description(Some(description)).build();
        (name.to_owned(), RefOr::T(header))
    });
    problem.description = "Too many requests of this user or from this address".to_owned();
    problem.headers = headers.into();
    problem
}

/// The document as JSON, for clients that reach the server at `public_url`; unless that is known,
/// for those that have the document from the server itself.
pub fn json(public_url: Option<&str>) -> String {
    let mut document = Document::openapi();
    document.servers = public_url.map(|url| vec![Server::new(url.trim_end_matches('/'))]);
    document.to_json().expect("the document has string keys only")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_the_server_that_clients_reach() {
        let servers = |url| {
            let document: serde_json::Value = serde_json::from_str(&json(url)).unwrap();
            document.get("servers").cloned()
        };
        assert_eq!(servers(None), None);
        let named = servers(Some("https://artipul.example/"));
        assert_eq!(named, Some(serde_json::json!([{ "url": "https://artipul.example" }])));
    }
}
