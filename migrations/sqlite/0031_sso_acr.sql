-- Oldest program beside it: 0.2.0
-- Single sign-on: how strongly a service would like a member to be signed in whose request waits.
ALTER TABLE sso_request ADD COLUMN acr_values TEXT;
