-- A user's notices are found among the unread and the read ones, so they need no index of their own
-- for both together.
DROP INDEX IF EXISTS notifications_user;
