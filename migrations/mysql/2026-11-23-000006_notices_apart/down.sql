CREATE INDEX notifications_user ON notifications (user_id, id);
