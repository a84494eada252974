-- What is sorted by changes with every bid, so only lists by genre have an index for it; the lists of
-- all genres are put together from theirs.
DROP INDEX IF EXISTS auctions_price;
DROP INDEX IF EXISTS auctions_popular;
