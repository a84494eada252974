-- What is sorted by changes with every bid, so only lists by genre have an index for it; the lists of
-- all genres are put together from theirs.
SET @drop_indexes = (
    SELECT IF(COUNT(*) = 2, 'ALTER TABLE auctions DROP INDEX auctions_price, DROP INDEX auctions_popular', 'DO 0')
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'auctions' AND seq_in_index = 1
        AND index_name IN ('auctions_price', 'auctions_popular')
);
PREPARE drop_indexes FROM @drop_indexes;
EXECUTE drop_indexes;
DEALLOCATE PREPARE drop_indexes;
