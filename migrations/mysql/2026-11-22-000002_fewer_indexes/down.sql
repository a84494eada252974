CREATE INDEX auctions_price ON auctions (status, list_price, id);
CREATE INDEX auctions_popular ON auctions (status, bid_count, id);
