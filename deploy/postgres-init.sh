#!/bin/sh
# Run by the database's container once, when its volume is new, as the superuser. Makes the database and its roles:
# roadmap_owner owns the tables and migrates; roadmap_app, which the application is, owns nothing, so it can lift
# no trigger that keeps the record append-only. What it may do is granted by `manage.py migrate`. roadmap_backup may do the same, and
# make a database, in which it tries whether a backup can be restored.
set -eu
: "${OWNER_DATABASE_PASSWORD:?is the password of roadmap_owner}"
: "${APP_DATABASE_PASSWORD:?is the password of roadmap_app}"
: "${BACKUP_DATABASE_PASSWORD:?is the password of roadmap_backup}"
export OWNER_DATABASE_PASSWORD APP_DATABASE_PASSWORD BACKUP_DATABASE_PASSWORD

# psql reads the passwords from its environment: on a command line everybody could read them, and :'…' quotes any text.
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
\getenv owner_password OWNER_DATABASE_PASSWORD
\getenv app_password APP_DATABASE_PASSWORD
\getenv backup_password BACKUP_DATABASE_PASSWORD
CREATE ROLE roadmap_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE roadmap_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
CREATE ROLE roadmap_backup LOGIN NOSUPERUSER CREATEDB NOCREATEROLE IN ROLE roadmap_app PASSWORD :'backup_password';
CREATE DATABASE roadmap OWNER roadmap_owner TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE roadmap FROM PUBLIC;
GRANT CONNECT ON DATABASE roadmap TO roadmap_app;
\connect roadmap
REVOKE ALL ON SCHEMA public FROM PUBLIC;
SQL
