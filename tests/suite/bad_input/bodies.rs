//! Bodies that are none, or not JSON, or too much of it.

use artipul_common::{limits, problem::ProblemCode};
use artipul_tests::{Answer, Backend, World};
use futures_util::stream;

use super::{Scene, refused, with_json};

fn run(test: impl AsyncFnOnce(&World)) {
    World::run(Backend::Embedded, &[], test);
}

#[test]
fn what_is_not_declared_as_json_is_refused() {
    run(async |world| {
        let scene = Scene::set(world).await;
        for operation in scene.operations().iter().filter(|operation| operation.body().is_some()) {
            let path = scene.path(operation);
            let body = scene.body(operation).to_string();
            for kind in [
                None,
                Some(""),
                Some("text/plain"),
                Some("application/jsonp"),
                Some("application/x-www-form-urlencoded"),
                Some("application/problem+json"),
                Some("multipart/form-data; boundary=x"),
                Some("json"),
            ] {
                let mut request = scene.request(operation, &path).body(body.clone());
                if let Some(kind) = kind {
                    request = request.header("content-type", kind);
                }
                let answer = Answer::to(request).await;
                let refusal = refused(operation, &format!("{kind:?}"), &answer);
                assert_eq!(
                    refusal.code,
                    ProblemCode::UnsupportedMediaType,
                    "{} {kind:?}",
                    operation.name()
                );
            }
        }
        scene.end().await;
    });
}

#[test]
fn what_is_no_json_is_refused() {
    run(async |world| {
        let scene = Scene::set(world).await;
        let deep = |open: &str| open.repeat(10_000);
        let bodies: Vec<Vec<u8>> = vec![
            b"".to_vec(),
            b" ".to_vec(),
            b"{".to_vec(),
            b"{\"a\":}".to_vec(),
            b"{} {}".to_vec(),
            b"{},".to_vec(),
            b"nonsense".to_vec(),
            b"'a'".to_vec(),
            b"{a:1}".to_vec(),
            b"{\"a\":1e999}".to_vec(),
            b"{\"a\":\"\\ud800\"}".to_vec(),
            b"{\"a\":\"\x01\"}".to_vec(),
            b"\xff\xfe{}".to_vec(),
            b"\xef\xbb\xbf{}".to_vec(),
            b"\0".to_vec(),
            deep("[").into(),
            deep("{\"a\":").into(),
        ];
        for operation in scene.operations().iter().filter(|operation| operation.body().is_some()) {
            let path = scene.path(operation);
            for body in &bodies {
                if body.is_empty() && !operation.requires_body() {
                    continue;
                }
                let what = String::from_utf8_lossy(body).chars().take(20).collect::<String>();
                let request = with_json(scene.request(operation, &path), body.clone());
                let refusal = refused(operation, &what, &Answer::to(request).await);
                let expected = [ProblemCode::MalformedJson, ProblemCode::ValidationFailed];
                assert!(expected.contains(&refusal.code), "{} {what}: {refusal}", operation.name());
            }
            for (field, _) in scene.document.fields(operation) {
                let nested = [
                    format!("{{\"{field}\":{}", deep("[")),
                    format!("{{\"{field}\":{}", deep("{\"a\":")),
                ];
                for body in nested {
                    let request = with_json(scene.request(operation, &path), body);
                    refused(operation, "deep nesting", &Answer::to(request).await);
                }
                let mut invalid = format!("{{\"{field}\":\"").into_bytes();
                invalid.extend(b"\xc3\x28\"}");
                let request = with_json(scene.request(operation, &path), invalid);
                let refusal = refused(operation, "invalid UTF-8", &Answer::to(request).await);
                let expected = [ProblemCode::MalformedJson, ProblemCode::ValidationFailed];
                assert!(expected.contains(&refusal.code), "{refusal}");
            }
        }
        scene.end().await;
    });
}

#[test]
fn json_that_is_no_object_of_these_fields_is_refused() {
    run(async |world| {
        let scene = Scene::set(world).await;
        for operation in scene.operations().iter().filter(|operation| operation.body().is_some()) {
            let path = scene.path(operation);
            for body in
                ["[]", "5", "\"text\"", "true", "[{}]", "{\"__proto__\":{}}", "{\"\":1}", "null"]
            {
                if body == "null" && !operation.requires_body() {
                    continue;
                }
                let request = with_json(scene.request(operation, &path), body);
                let refusal = refused(operation, body, &Answer::to(request).await);
                assert_eq!(
                    refusal.code,
                    ProblemCode::ValidationFailed,
                    "{} {body}",
                    operation.name()
                );
            }
            let mut more = scene.body(operation);
            more["nonsense"] = 1.into();
            let request = scene.request(operation, &path).json(&more);
            let refusal = refused(operation, "an unknown field", &Answer::to(request).await);
            assert_eq!(refusal.code, ProblemCode::ValidationFailed);
            let error = &refusal.errors[0];
            assert_eq!((error.field.as_str(), error.code.as_str()), ("nonsense", "unknown-field"));
            let schema = scene.document.resolved(operation.body().unwrap());
            assert_eq!(schema["additionalProperties"], false, "{}", operation.name());
            for field in schema["required"].as_array().into_iter().flatten() {
                let field = field.as_str().unwrap();
                let mut less = scene.body(operation);
                less.as_object_mut().unwrap().remove(field);
                let request = scene.request(operation, &path).json(&less);
                let refusal = refused(operation, field, &Answer::to(request).await);
                let error = &refusal.errors[0];
                assert_eq!((error.field.as_str(), error.code.as_str()), (field, "required"));
            }
            let twice = scene.body(operation).to_string();
            if let Some((field, _)) = scene.document.fields(operation).first() {
                let twice = twice
                    .replacen('{', &format!("{{\"{field}\":null,\"{field}\":null,"), 1)
                    .replace(",}", "}");
                let request = with_json(scene.request(operation, &path), twice);
                refused(operation, "a field twice", &Answer::to(request).await);
            }
        }
        scene.end().await;
    });
}

#[test]
fn a_body_is_read_no_further_than_its_bound() {
    run(async |world| {
        let scene = Scene::set(world).await;
        let most = limits::MAX_BODY_BYTES;
        let padded = |body: String, length: usize| {
            let padding = " ".repeat(length - body.len());
            format!("{body}{padding}")
        };
        for operation in scene.operations().iter().filter(|operation| operation.body().is_some()) {
            let path = scene.path(operation);
            let body = |length| padded("{\"nonsense\":1}".to_owned(), length);
            let chunked = |body: String| {
                let chunks: Vec<_> = body
                    .as_bytes()
                    .chunks(1_000)
                    .map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec()))
                    .collect();
                reqwest::Body::wrap_stream(stream::iter(chunks))
            };
            for (length, expected) in [
                (most, ProblemCode::ValidationFailed),
                (most + 1, ProblemCode::BodyTooLarge),
                (65 * 1_024 + 1, ProblemCode::BodyTooLarge),
            ] {
                for is_chunked in [false, true] {
                    let sent = if is_chunked { chunked(body(length)) } else { body(length).into() };
                    let request = with_json(scene.request(operation, &path), sent);
                    let refusal = refused(operation, "a large body", &Answer::to(request).await);
                    assert_eq!(
                        refusal.code,
                        expected,
                        "{} {length} {is_chunked}",
                        operation.name()
                    );
                }
            }
            // What is declared is refused before it comes.
            let request = format!(
                "{} {path} HTTP/1.1\r\nhost: h\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n\r\n",
                operation.method, scene.artist.token
            );
            let answer = world.send_bytes(request.as_bytes()).await;
            assert_eq!(answer.problem().code, ProblemCode::BodyTooLarge);
        }
        scene.end().await;
    });
}
