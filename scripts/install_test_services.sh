#!/bin/sh
# PostgreSQL for the slow tests, which start a private cluster with initdb and pg_ctl. Without it those tests skip.
set -u
if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then exit 0; fi
if command -v apt-get >/dev/null 2>&1; then
  as=""
  if [ "$(id -u)" -ne 0 ]; then as="sudo -n"; fi
  if $as true 2>/dev/null; then
    echo "installing postgresql"
    export DEBIAN_FRONTEND=noninteractive
    $as apt-get update -qq
    $as apt-get install -y -qq --no-install-recommends postgresql >/dev/null
  fi
fi
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || echo "no PostgreSQL here (Debian package postgresql): its tests are skipped"
exit 0
