//! What instances share, as somebody sees it who can read Redis.

use futures_util::{Stream, StreamExt};
use redis::{AsyncCommands, Client};

use crate::{Backend, World, redis_url};

impl World {
    /// What the instances tell each other from now on.
    ///
    /// # Panics
    /// The stores are not shared.
    pub async fn overheard(&self) -> impl Stream<Item = String> {
        assert_eq!(self.backend(), Backend::Shared, "there is one instance");
        let mut listening = Client::open(redis_url()).unwrap().get_async_pubsub().await.unwrap();
        listening.subscribe(format!("{}news", self.stores.redis_prefix())).await.unwrap();
        listening.into_on_message().map(|message| message.get_payload().unwrap())
    }

    /// Every name of this world in Redis with what stands under it; nothing on the embedded store.
    pub async fn in_redis(&self) -> Vec<(String, String)> {
        if self.backend() == Backend::Embedded {
            return Vec::new();
        }
        let client = Client::open(redis_url()).unwrap();
        let mut redis = client.get_multiplexed_async_connection().await.unwrap();
        let names: Vec<String> =
            redis.keys(format!("{}*", self.stores.redis_prefix())).await.unwrap();
        let mut found = Vec::new();
        for name in names {
            let kind: String = redis::cmd("TYPE").arg(&name).query_async(&mut redis).await.unwrap();
            let value = match kind.as_str() {
                "hash" => redis.hgetall::<_, Vec<String>>(&name).await.unwrap().join(" "),
                "string" => redis.get(&name).await.unwrap(),
                // It has expired in the meantime.
                "none" => continue,
                kind => panic!("{name} is a {kind}"),
            };
            found.push((name, value));
        }
        found
    }
}
