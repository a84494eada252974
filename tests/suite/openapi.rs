//! The OpenAPI document: it says what the server does, all of it, and nothing else.

mod answers;

use std::collections::BTreeSet;

use artipul_common::problem::ProblemCode;
use artipul_server::http::{router::Router, routes};
use artipul_tests::{Document, on_every_backend};
use serde_json::Value;

/// Everything in a document that stands under a key, wherever it is.
fn all<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    let below: Vec<&Value> = match value {
        Value::Object(fields) => {
            found.extend(fields.get(key));
            fields.values().collect()
        }
        Value::Array(items) => items.iter().collect(),
        _ => return,
    };
    for value in below {
        all(value, key, found);
    }
}

/// Every text of a document that stands under a key.
fn texts<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    all(value, key, &mut found);
    found.into_iter().filter_map(Value::as_str).collect()
}

/// The codes that the server may answer with.
fn registry() -> BTreeSet<&'static str> {
    ProblemCode::ALL.iter().map(|code| code.as_str()).collect()
}

/// The names in a template's braces.
fn names(template: &str) -> BTreeSet<String> {
    let part = |part: &str| part.split_once('}').map(|(name, _)| name.to_owned());
    template.split('{').skip(1).filter_map(part).collect()
}

/// Where a response holds a problem, and nothing else.
fn is_problem(document: &Document, response: &Value) -> bool {
    let Some(content) = response["content"].as_object() else { return false };
    let schema = &response["content"]["application/problem+json"]["schema"];
    content.len() == 1
        && schema["$ref"] == "#/components/schemas/Problem"
        && document.resolved(schema)["properties"]["code"].is_object()
}

on_every_backend! {
    async fn it_is_of_version_3_1_and_comes_as_json(world: &World) {
        let answer = world.send(reqwest::Method::GET, "/v1/openapi.json").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
        let document = answer.json();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
        for field in ["title", "version"] {
            assert!(!document["info"][field].as_str().unwrap().is_empty(), "{field}");
        }
    }

    async fn it_has_the_routes_of_the_router_and_no_others(world: &World) {
        let routes: Vec<(String, String)> = Router::table(&routes::all(world.app()))
            .into_iter()
            .map(|(method, template)| (method, template.to_owned()))
            .collect();
        let mut said: Vec<(String, String)> = world.document().await.operations()
            .into_iter()
            .map(|operation| (operation.method.to_string(), operation.template))
            .collect();
        said.sort();
        assert_eq!(said, routes);
    }

    async fn every_operation_has_a_name_of_its_own(world: &World) {
        let mut seen = BTreeSet::new();
        for operation in world.document().await.operations() {
            let id = operation.said["operationId"].as_str().unwrap_or_default().to_owned();
            assert!(!id.is_empty(), "{} has no name", operation.name());
            assert!(seen.insert(id), "the name of {} is another's as well", operation.name());
        }
    }

    async fn every_reference_leads_to_something(world: &World) {
        let document = world.document().await;
        let references = texts(&document.0, "$ref");
        assert!(!references.is_empty());
        for reference in references {
            let path = reference.strip_prefix('#').unwrap();
            assert!(document.0.pointer(path).is_some(), "{reference}");
        }
        let schemes = document.0["components"]["securitySchemes"].as_object().unwrap();
        for operation in document.operations() {
            for scheme in operation.said["security"].as_array().into_iter().flatten() {
                for name in scheme.as_object().unwrap().keys() {
                    assert!(schemes.contains_key(name), "{}: {name}", operation.name());
                }
            }
        }
    }

    async fn the_names_in_a_path_are_its_parameters(world: &World) {
        for operation in world.document().await.operations() {
            let said: BTreeSet<String> =
                operation.parameters("path").into_iter().map(|(name, _)| name).collect();
            assert_eq!(said, names(&operation.template), "{}", operation.name());
            for parameter in operation.said["parameters"].as_array().into_iter().flatten() {
                let is_in_path = parameter["in"] == "path";
                assert!(!is_in_path || parameter["required"] == true, "{}", operation.name());
            }
        }
    }

    async fn every_operation_says_what_it_answers_and_refusals_are_problems(world: &World) {
        let document = world.document().await;
        for operation in document.operations() {
            let name = operation.name();
            let responses = operation.said["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{name}: no success");
            // Probes are answered with a state even where it is bad.
            if operation.said["tags"][0] == "Operations" {
                continue;
            }
            for class in ["4XX", "5XX"] {
                assert!(responses.contains_key(class), "{name} does not say {class}");
            }
            for (status, response) in responses {
                let is_error = status.starts_with(['4', '5']);
                assert_eq!(is_error, is_problem(&document, response), "{name}: {status}");
            }
        }
    }

    async fn the_problem_codes_it_names_are_those_of_the_registry(world: &World) {
        let document = world.document().await;
        let schemas = &document.0["components"]["schemas"];
        let codes = schemas["ProblemCode"]["enum"].as_array().unwrap();
        let said: BTreeSet<&str> = codes.iter().filter_map(Value::as_str).collect();
        assert_eq!(said, registry());
        // A problem's fields say with which codes they come.
        let named: BTreeSet<&str> = texts(&schemas["Problem"], "description")
            .into_iter()
            .filter_map(|text| text.split("with `").nth(1)?.split('`').next())
            .collect();
        assert!(named.contains(ProblemCode::BidTooLow.as_str()), "{named:?}");
        assert!(named.is_subset(&registry()), "{named:?}");
    }
}
