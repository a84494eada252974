//! Real answers, held against what the document says of them.

use std::{cell::RefCell, collections::BTreeSet, io::Cursor};

use artipul_common::{Money, accounts::REFRESH_COOKIE, client::new_idempotency_key};
use artipul_tests::{
    Answer, Document, Feed, Operation, PUBLIC_URL, Person, Provider, World,
    beside_on_every_backend, draft, eventually, in_ms, phone_code,
};
use reqwest::{
    Method, RequestBuilder,
    multipart::{Form, Part},
    redirect::Policy,
};
use serde_json::{Value, json};

/// Calls whose answers are as documented, and which there were.
struct Calls<'a> {
    world: &'a World,
    document: Document,
    made: RefCell<BTreeSet<(String, String)>>,
}

impl<'a> Calls<'a> {
    async fn begin(world: &'a World) -> Self {
        Self { world, document: world.document().await, made: RefCell::default() }
    }

    fn operation(&self, method: &Method, template: &str) -> Operation {
        let operations = self.document.operations();
        let found = operations.into_iter().find(|o| o.method == *method && o.template == template);
        found.unwrap_or_else(|| panic!("{method} {template} is not in the document"))
    }

    /// The request of an operation: as a person or as nobody, with this in its braces; between two
    /// of them is a space.
    fn request(
        &self,
        method: &Method,
        template: &str,
        who: Option<&Person>,
        id: &str,
    ) -> RequestBuilder {
        let ids: Vec<&str> = id.split(' ').collect();
        let path = self.operation(method, template).path(&ids);
        match who {
            Some(person) => person.request(method.clone(), &path),
            None => self.world.request(method.clone(), &path),
        }
    }

    /// An answer, once it agrees with the document.
    fn held(&self, method: &Method, template: &str, answer: Answer) -> Answer {
        let operation = self.operation(method, template);
        let (name, status) = (operation.name(), answer.status.to_string());
        let responses = &operation.said["responses"];
        let class = format!("{}XX", &status[..1]);
        let said = responses.get(&status).or_else(|| responses.get(&class));
        let said = said.unwrap_or_else(|| panic!("{name} says nothing of {status}"));
        self.made.borrow_mut().insert((name.clone(), status.clone()));
        let Some(content) = said["content"].as_object() else {
            assert!(answer.body.is_empty(), "{name}: {status} has a body: {}", answer.text());
            return answer;
        };
        let kind = answer.header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap().to_owned();
        let schema = content.get(&kind).map(|content| &content["schema"]);
        let schema = schema.unwrap_or_else(|| panic!("{name}: {status} is {kind}"));
        if kind.ends_with("json") {
            let faults = self.document.faults(schema, &answer.json());
            assert_eq!(faults, Vec::<String>::new(), "{name}: {status}: {}", answer.text());
        } else {
            assert_ne!(schema["type"], "array", "{name}: {kind} is no JSON");
        }
        answer
    }

    async fn get(&self, template: &str, who: Option<&Person>, id: &str) -> Value {
        let answer = Answer::to(self.request(&Method::GET, template, who, id)).await;
        let answer = self.held(&Method::GET, template, answer);
        assert_eq!(answer.status, 200, "{template}: {}", answer.text());
        answer.json()
    }

    async fn send(
        &self,
        (method, template): (Method, &str),
        who: Option<&Person>,
        id: &str,
        body: Option<Value>,
    ) -> Answer {
        let mut request = self.request(&method, template, who, id);
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.held(&method, template, Answer::to(request).await)
    }

    async fn post(&self, template: &str, who: Option<&Person>, id: &str, body: Value) -> Answer {
        self.send((Method::POST, template), who, id, Some(body)).await
    }

    /// The first event of a stream, as the document says it.
    async fn follow(&self, feed: &Feed, template: &str) {
        let event = eventually("an event", async || {
            let text = feed.text();
            let (whole, _) = text.rsplit_once("\n\n")?;
            whole.lines().find_map(|line| line.strip_prefix("data: ").map(str::to_owned))
        })
        .await;
        let kind = feed.headers["content-type"].to_str().unwrap();
        let operation = self.operation(&Method::GET, template);
        let schema = &operation.said["responses"]["200"]["content"][kind]["schema"];
        let value = serde_json::from_str(&event).unwrap();
        assert_eq!(self.document.faults(schema, &value), Vec::<String>::new(), "{event}");
        self.made.borrow_mut().insert((operation.name(), "200".to_owned()));
    }

    /// Every success of every operation that was not seen.
    fn missing(&self) -> Vec<(String, String)> {
        let made = self.made.borrow();
        let said = self.document.operations().into_iter().flat_map(|operation| {
            let statuses: Vec<String> =
                operation.said["responses"].as_object().unwrap().keys().cloned().collect();
            statuses.into_iter().map(move |status| (operation.name(), status))
        });
        said.filter(|call| call.1.starts_with('2') && !made.contains(call)).collect()
    }
}

/// Phone, account, session, and the end of the session.
async fn join(calls: &Calls<'_>) {
    let phone = format!("+82101{:07}", rand::random_range(0..10_000_000));
    calls.post("/v1/phone-codes", None, "", json!({ "phone": phone })).await;
    let proof = json!({ "phone": phone, "code": phone_code(&phone).await });
    let token = calls.post("/v1/phone-codes/verify", None, "", proof).await.json();
    let available = "/v1/users/nickname-available";
    let request = calls.world.request(Method::GET, &format!("{available}?nickname=mina"));
    calls.held(&Method::GET, available, Answer::to(request).await);
    let account = json!({
        "email": "mina@example.com", "password": "a password", "nickname": "mina",
        "name": "Mina", "phone_token": token["phone_token"], "is_artist": true,
    });
    assert_eq!(calls.post("/v1/users", None, "", account).await.status, 201);
    let credentials = json!({ "email": "mina@example.com", "password": "a password" });
    let session = calls.post("/v1/sessions", None, "", credentials).await;
    let refresh = "/v1/sessions/refresh";
    let cookie = |answer: &Answer| {
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        assert!(cookie.starts_with(REFRESH_COOKIE));
        cookie
    };
    let request = calls.world.request(Method::POST, refresh).header("cookie", cookie(&session));
    let session = calls.held(&Method::POST, refresh, Answer::to(request).await);
    let current = "/v1/sessions/current";
    let token = session.json()["access_token"].as_str().unwrap().to_owned();
    let request = calls.world.request(Method::DELETE, current).bearer_auth(token);
    let answer = Answer::to(request.header("cookie", cookie(&session))).await;
    assert_eq!(calls.held(&Method::DELETE, current, answer).status, 204);
}

/// Everything that changes what lets somebody in, and the end of the account.
async fn change_locks(calls: &Calls<'_>) {
    let phone = format!("+82102{:07}", rand::random_range(0..10_000_000));
    let prove = async |phone: &str| {
        calls.post("/v1/phone-codes", None, "", json!({ "phone": phone })).await;
        let proof = json!({ "phone": phone, "code": phone_code(phone).await });
        let answer = calls.post("/v1/phone-codes/verify", None, "", proof).await.json();
        answer["phone_token"].clone()
    };
    let account = json!({
        "email": "bada@example.com", "password": "a password", "nickname": "bada",
        "name": "Bada", "phone_token": prove(&phone).await, "is_artist": false,
    });
    calls.post("/v1/users", None, "", account).await;
    let proof = json!({ "phone_token": prove(&phone).await });
    let found = calls.post("/v1/users/find-email", None, "", proof).await;
    assert_eq!(found.json()["email"], "b***@example.com");
    let reset = json!({
        "email": "bada@example.com", "phone_token": prove(&phone).await, "password": "a password",
    });
    assert_eq!(calls.post("/v1/users/reset-password", None, "", reset).await.status, 204);

    let url = calls.world.url();
    let bada = Person::sign_in(&url, "bada").await;
    let current = "a password";
    let put = async |template: &str, body: Value| {
        calls.send((Method::PUT, template), Some(&bada), "", Some(body)).await.status
    };
    let password = json!({ "current_password": current, "password": current });
    assert_eq!(put("/v1/me/password", password).await, 204);
    let email = json!({ "current_password": current, "email": "bada@example.com" });
    assert_eq!(put("/v1/me/email", email).await, 200);
    let moved = json!({ "current_password": current, "phone_token": prove(&phone).await });
    assert_eq!(put("/v1/me/phone", moved).await, 200);

    let token = json!({ "name": "cron", "scopes": ["read"], "expires_at": in_ms(60_000) });
    let token = calls.post("/v1/me/tokens", Some(&bada), "", token).await.json();
    calls.get("/v1/me/tokens", Some(&bada), "").await;
    let (tokens, id) = ("/v1/me/tokens/{id}", token["id"].to_string());
    calls.send((Method::DELETE, tokens), Some(&bada), &id, None).await;

    Person::sign_in(&url, "bada").await;
    let sessions = calls.get("/v1/me/sessions", Some(&bada), "").await;
    let other = sessions["items"].as_array().unwrap().iter().find(|one| one["current"] == false);
    let (one, id) = ("/v1/me/sessions/{id}", other.unwrap()["id"].to_string());
    calls.send((Method::DELETE, one), Some(&bada), &id, None).await;
    calls.send((Method::DELETE, "/v1/me/sessions"), Some(&bada), "", None).await;
    let closed = json!({ "current_password": current });
    assert_eq!(calls.post("/v1/me/close", Some(&bada), "", closed).await.status, 204);
}

/// What an administrator does, to a bidder, a work, its auction and a charge.
async fn administer(calls: &Calls<'_>, artist: &Person, bidder: &Person) {
    let admin = calls.world.administrator().await;
    let because = || Some(json!({ "reason": "spam" }));
    let done = async |method: Method, template: &str, id: &str, body: Option<Value>| {
        let answer = calls.send((method, template), Some(&admin), id, body).await;
        assert!(answer.status < 300, "{template}: {}", answer.text());
    };
    let user = bidder.id.to_string();
    calls.get("/v1/admin/users/{id}", Some(&admin), &user).await;
    let suspension = "/v1/admin/users/{id}/suspension";
    done(Method::PUT, suspension, &user, because()).await;
    let users = calls.get("/v1/admin/users", Some(&admin), "").await;
    let suspended = |user: &Value| user["suspended"]["reason"] == "spam";
    assert!(users["items"].as_array().unwrap().iter().any(suspended));
    done(Method::DELETE, suspension, &user, None).await;

    let listed = artist.list(|_| ()).await;
    let (auction, work) = (listed.id.to_string(), listed.work_id.to_string());
    done(Method::POST, "/v1/admin/auctions/{id}/withdraw", &auction, because()).await;
    let suspension = "/v1/admin/works/{id}/suspension";
    done(Method::PUT, suspension, &work, because()).await;
    done(Method::DELETE, suspension, &work, None).await;

    let payer = calls.world.bidder(10).await;
    let query = "/v1/admin/charges";
    let charges = calls.get(query, Some(&admin), "").await;
    let charge = &charges["items"][0];
    assert_eq!(charge["user_id"], payer.id.get());
    let id = charge["id"].to_string();
    done(Method::POST, "/v1/admin/charges/{id}/refund", &id, because()).await;
    let actions = calls.get("/v1/admin/actions", Some(&admin), "").await;
    assert!(actions["items"].as_array().unwrap().len() >= 6);
}

/// Accounts of a provider: one that opens an account, signs in, is linked, and taken off.
async fn meet(calls: &Calls<'_>, provider: &Provider, anna: &Person) {
    calls.get("/v1/social/providers", None, "").await;
    provider.person("acme-8", Some(("bom@acme.example", true)));
    let first = walk(calls, None).await;
    let phone = crate::accounts::proof(calls.world).await;
    let account = json!({
        "sign_up_token": first["sign_up_token"], "phone_token": phone, "nickname": "bom",
        "name": "Kim Bom", "is_artist": false,
    });
    let session = calls.post("/v1/social/sign-up", None, "", account).await;
    assert_eq!(session.status, 201, "{}", session.text());
    assert_eq!(walk(calls, None).await["status"], "signed-in");
    provider.person("acme-9", Some(("anna@acme.example", false)));
    assert_eq!(walk(calls, None).await["suggested_email"], "anna@acme.example");
    assert_eq!(walk(calls, Some(anna)).await["status"], "linked");
    let mine = calls.get("/v1/me/identities", Some(anna), "").await;
    assert_eq!(mine["items"][0]["provider"], "acme");
    let one = (Method::DELETE, "/v1/me/identities/{provider}");
    assert_eq!(calls.send(one, Some(anna), "acme", None).await.status, 204);
}

/// A whole flow; what comes of it.
async fn walk(calls: &Calls<'_>, who: Option<&Person>) -> Value {
    let begin = (Method::POST, "/v1/social/{provider}/flows");
    let flow = calls.send(begin, who, "acme", None).await.json();
    let (id, secret) =
        (flow["flow_id"].as_str().unwrap(), json!({ "flow_secret": flow["flow_secret"] }));
    let collect = "/v1/social/flows/{id}/collect";
    assert_eq!(calls.post(collect, who, id, secret.clone()).await.status, 202);
    let client = reqwest::Client::builder().redirect(Policy::none()).tls_certs_only([]);
    let url = flow["authorize_url"].as_str().unwrap();
    let sent_back = Answer::to(client.build().unwrap().get(url)).await;
    let path = sent_back.header("location").unwrap().strip_prefix(PUBLIC_URL).unwrap().to_owned();
    let callback = "/v1/social/callback/{provider}";
    let page = calls.world.send(Method::GET, &path).await;
    let page = calls.held(&Method::GET, callback, page);
    let cookie = page.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let form = format!("answer=same&ticket={}", crate::social::ticket(&page));
    let request = calls.request(&Method::POST, callback, None, "acme").header("cookie", cookie);
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    calls.held(&Method::POST, callback, Answer::to(request).await);
    calls.post(collect, who, id, secret).await.json()
}

/// Pictures of a work, of which one is left.
async fn hang(calls: &Calls<'_>, artist: &Person, auction: &str) {
    let images = "/v1/auctions/{id}/images";
    let form = [1_000, 1_001].into_iter().fold(Form::new(), |form, width| {
        let mut bytes = Cursor::new(Vec::new());
        let picture = image::DynamicImage::new_rgb8(width, 700);
        picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        form.part("image", Part::bytes(bytes.into_inner()).file_name("a.png"))
    });
    let request = calls.request(&Method::POST, images, Some(artist), auction).multipart(form);
    let answer = calls.held(&Method::POST, images, Answer::to(request).await);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let ids = format!("{auction} {}", answer.json()["items"][0]["name"].as_str().unwrap());
    let one = "/v1/auctions/{id}/images/{image}";
    let removed = calls.send((Method::DELETE, one), Some(artist), &ids, None).await;
    assert_eq!(removed.status, 204);
}

/// Works in every state, bids, purchases and refusals.
async fn trade(calls: &Calls<'_>, artist: &Person, anna: &Person, bora: &Person) -> String {
    let (auctions, auction) = ("/v1/auctions", "/v1/auctions/{id}");
    let mut work = serde_json::to_value(draft()).unwrap();
    work["tags"] = json!(["blue", "sea"]);
    work["reserve_price"] = json!(60_000);
    work["buy_now_price"] = json!(200_000);
    work["reference"] = json!("A-1");
    let list = async |work: &Value| {
        let answer = calls.post(auctions, Some(artist), "", work.clone()).await;
        answer.json()["id"].to_string()
    };
    let main = list(&work).await;
    hang(calls, artist, &main).await;
    let edit = json!({ "medium": "Oil", "dimensions": "30 x 40 cm", "year": 1999 });
    let edited = calls.send((Method::PATCH, auction), Some(artist), &main, Some(edit)).await;
    assert_eq!(edited.status, 200);
    work["reference"] = json!("A-2");
    let withdrawn = list(&work).await;
    calls.send((Method::DELETE, auction), Some(artist), &withdrawn, None).await;
    let terms = json!({ "start_price": 10_000, "ends_at": in_ms(3_600_000) });
    calls.post("/v1/auctions/{id}/relist", Some(artist), &withdrawn, terms).await;

    for (method, status) in [(Method::PUT, 204), (Method::DELETE, 204), (Method::PUT, 204)] {
        let watch = calls.send((method, "/v1/auctions/{id}/watch"), Some(anna), &main, None).await;
        assert_eq!(watch.status, status);
    }
    let bids = "/v1/auctions/{id}/bids";
    let bid = async |who: &Person, amount: i64| {
        calls.post(bids, Some(who), &main, json!({ "amount": amount })).await.status
    };
    assert_eq!((bid(anna, 50_000).await, bid(bora, 20_000).await), (201, 201), "led and outbid");
    assert_eq!((bid(bora, 20_000).await, bid(bora, 1).await), (409, 422), "too low and no amount");
    assert_eq!((bid(artist, 90_000).await, bid(bora, 900_000).await), (403, 402), "own; too much");
    assert_eq!(bid(bora, 200_000).await, 201, "bought");
    let dry = calls.request(&Method::POST, bids, Some(bora), &withdrawn);
    let dry = dry.query(&[("dry_run", "true")]).json(&json!({ "amount": 50_000 }));
    assert_eq!(calls.held(&Method::POST, bids, Answer::to(dry).await).status, 409);
    let open = artist.list(|work| work.buy_now_price = Some(Money::new(200_000))).await.id;
    let dry = calls.request(&Method::POST, bids, Some(bora), &open.to_string());
    let dry = dry.query(&[("dry_run", "true")]).json(&json!({ "amount": 50_000 }));
    assert_eq!(calls.held(&Method::POST, bids, Answer::to(dry).await).status, 200);
    let (buy, price) = ("/v1/auctions/{id}/purchase", json!({ "price": 200_000 }));
    let bought = calls.post(buy, Some(anna), &open.to_string(), price).await;
    assert_eq!(bought.json()["result"], "bought");
    main
}

beside_on_every_backend! {
    async fn every_answer_is_as_the_document_says(world: &World, provider: &Provider) {
        let calls = Calls::begin(world).await;
        let (artist, anna, bora) =
            (world.artist().await, world.bidder(500).await, world.bidder(500).await);
        join(&calls).await;
        change_locks(&calls).await;
        meet(&calls, provider, &anna).await;
        let told = Feed::of(anna.request(Method::GET, "/v1/me/events")).await;
        let main = trade(&calls, &artist, &anna, &bora).await;
        calls.follow(&told, "/v1/me/events").await;
        let one = format!("/v1/auctions/{main}/events");
        let many = format!("/v1/events?auction={main}&genre=painting");
        for (path, template) in
            [(&one, "/v1/auctions/{id}/events"), (&many, "/v1/events")]
        {
            calls.follow(&Feed::of(world.request(Method::GET, path)).await, template).await;
        }

        for who in [None, Some(&anna), Some(&artist)] {
            for template in ["/v1/auctions/{id}", "/v1/auctions/{id}/bids"] {
                calls.get(template, who, &main).await;
            }
            let listed = calls.get("/v1/auctions", who, "").await;
            assert!(!listed["items"].as_array().unwrap().is_empty());
            let artist = artist.id.to_string();
            calls.get("/v1/artists/{id}", who, &artist).await;
            calls.get("/v1/artists/{id}/auctions", who, &artist).await;
        }
        let name = calls.get("/v1/auctions/{id}", None, &main).await["images"][0]["name"].clone();
        for query in ["", "?w=320"] {
            let image = world.send(Method::GET, &format!("/v1/images/{}{query}", name.as_str().unwrap())).await;
            calls.held(&Method::GET, "/v1/images/{name}", image);
        }
        calls.get("/v1/genres", None, "").await;

        let (charges, key) = ("/v1/me/charges", new_idempotency_key());
        let request = calls.request(&Method::POST, charges, Some(&anna), "");
        let request = request.header("Idempotency-Key", key).json(&json!({ "amount": 50_000 }));
        let charge = calls.held(&Method::POST, charges, Answer::to(request).await).json();
        let id = charge["id"].to_string();
        let payment = world.app().db.read({
            let (user, id) = (anna.id, serde_json::from_value(charge["id"].clone()).unwrap());
            move |conn| artipul_server::db::wallets::find_charge(conn, user, id)
        }).await.unwrap().unwrap().payment_id;
        let confirm = json!({ "payment_id": payment });
        calls.post("/v1/me/charges/{id}/confirm", Some(&anna), &id, confirm).await;
        calls.send((Method::POST, "/v1/me/charges/{id}/cancel"), Some(&anna), &id, None).await;

        for person in [&artist, &anna, &bora] {
            for operation in calls.document.operations() {
                let is_list = operation.method == Method::GET
                    && operation.requires_token()
                    && !operation.template.starts_with("/v1/admin/");
                if is_list && !operation.template.ends_with("/events") {
                    calls.get(&operation.template, Some(person), "").await;
                }
            }
        }
        for list in ["participations", "watches", "purchases", "notifications", "wallet/entries"] {
            let template = format!("/v1/me/{list}");
            let items = calls.get(&template, Some(&anna), "").await["items"].clone();
            assert!(!items.as_array().unwrap().is_empty(), "{list} shows nothing");
        }
        let edit = json!({ "introduction": "Hello", "address": "Seoul", "college": "K-Arts" });
        calls.send((Method::PATCH, "/v1/me"), Some(&artist), "", Some(edit)).await;
        calls.post("/v1/me/notifications/read", Some(&anna), "", json!({})).await;
        administer(&calls, &artist, &bora).await;

        let probes = calls.document.operations().into_iter()
            .filter(|operation| operation.said["tags"][0] == "Operations");
        for operation in probes {
            let answer = world.send(Method::GET, &operation.template).await;
            assert_eq!(calls.held(&Method::GET, &operation.template, answer).status, 200);
        }
        assert_eq!(calls.missing(), Vec::new(), "a call of each kind was made");
    }
}
