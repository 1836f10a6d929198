#!/bin/sh
# Every night a dump of the whole database into /backups. None is kept for more than 35 days.
set -eu
PGPASSWORD=$(cat /run/secrets/database_password)
export PGPASSWORD
while true; do
  name=/backups/bedside-$(date -u +%Y%m%dT%H%M%SZ).dump
  if pg_dump --host db --username bedside --format custom --file "$name.part" bedside; then
    mv "$name.part" "$name"
    echo "backup: wrote $name"
  else
    rm -f "$name.part"
    echo "backup: FAILED, the next try is in an hour" >&2
    sleep 3600
    continue
  fi
  find /backups -name 'bedside-*.dump*' -mtime +33 -delete
  sleep 86400
done
