-- A user's notices are found among the unread and the read ones, so they need no index of their own
-- for both together.
SET @drop_index = (
    SELECT IF(COUNT(*) = 1, 'ALTER TABLE notifications DROP INDEX notifications_user', 'DO 0')
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'notifications' AND seq_in_index = 1
        AND index_name = 'notifications_user'
);
PREPARE drop_index FROM @drop_index;
EXECUTE drop_index;
DEALLOCATE PREPARE drop_index;
