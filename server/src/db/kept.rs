//! Statements that are prepared once although diesel would not.

use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

/// A query that diesel would prepare anew each time, since it cannot know that there are only a few
/// of the kind: over a [`padded`] list, say, of which there are few lengths.
pub(super) struct Kept<Q>(pub(super) Q);

/// The list, its last value repeated until its length is a power of two.
pub(super) fn padded<T: Copy>(mut values: Vec<T>) -> Vec<T> {
    if let Some(last) = values.last().copied() {
        values.resize(values.len().next_power_of_two(), last);
    }
    values
}

impl<Q: Query> Query for Kept<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> QueryId for Kept<Q> {
    type QueryId = ();

    // So it is known by its text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<B: Backend, Q: QueryFragment<B>> QueryFragment<B> for Kept<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, B>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &B) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<C, Q> RunQueryDsl<C> for Kept<Q> {}
