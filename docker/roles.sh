#!/bin/sh
# Run once by the database image, as its owner: the two groups and the restricted login that web and worker use.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set "password=$UPLIFT_APP_PASSWORD" <<'SQL'
CREATE ROLE uplift_app NOLOGIN;
CREATE ROLE uplift_audit NOLOGIN;
CREATE ROLE app LOGIN PASSWORD :'password' IN ROLE uplift_app;
SQL
