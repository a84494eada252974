//! Works that are listed from a file: what its rows say, what is wrong with them, and what is
//! listed already. For the subcommand `list` and for the studio.
//!
//! Every row has a reference, its own or one made from its content, by which a later run knows
//! what is listed already.

pub(crate) mod plan;
pub(crate) mod preview;
pub(crate) mod rows;
pub(crate) mod rules;
pub(crate) mod sheet;

use artipul_common::{
    client::{Client, ClientError},
    mine::MyAuctionsQuery,
};

use self::plan::Listed;

/// Auctions of one page when it is read what is listed already.
const PAGE: u32 = 100;

/// What the artist has listed already, by reference.
pub(crate) async fn listed(client: &Client) -> Result<Listed, ClientError> {
    let mut listed = Listed::default();
    let mut query = MyAuctionsQuery { limit: Some(PAGE), ..MyAuctionsQuery::default() };
    loop {
        let page = client.my_auctions(&query).await?;
        listed.extend(page.items);
        if page.next_cursor.is_none() {
            return Ok(listed);
        }
        query.cursor = page.next_cursor;
    }
}
