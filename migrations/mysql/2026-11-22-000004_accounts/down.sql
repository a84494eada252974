DROP TABLE IF EXISTS admin_actions;
DROP TABLE IF EXISTS suspended_works;
DROP TABLE IF EXISTS suspended_users;
DROP TABLE IF EXISTS admins;
DROP TABLE IF EXISTS closed_accounts;
DROP TABLE IF EXISTS personal_tokens;
