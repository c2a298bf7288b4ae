#!/usr/bin/env bash
# Dump the database, verify the dump, keep a known number of dumps; copy the binary logs for point-in-time recovery.
# shellcheck source=deploy/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

usage() {
    cat <<TEXT
usage: backup.sh [options]
Dumps the database without stopping anything (one transaction), verifies the dump and removes the oldest beyond what is kept.
  --keep N         keep this many dumps in PREFIX/backups (default 5)
  --scheduled      for a timer: into PREFIX/backups/daily, the first of a week and of a month also kept as weekly and
                   monthly; keeps 7 daily, 4 weekly, 12 monthly
  --pitr           (native) also write down the dump's place in the binary log, and copy the binary logs to PREFIX/backups/binlog
  --binlogs-only   (native) only copy the binary logs
  --list           list the dumps
  --output FILE    write the dump here; nothing is removed
$COMMON_OPTIONS
BACKUP_DB_USER and BACKUP_DB_PASSWORD in the configuration name an account of its own; the binary logs need its right
REPLICATION SLAVE. COPY_BACKUP_TO is a command that gets the finished file's path, for an off-site copy.
exit codes: 0 made and verified, 1 not, 2 wrong options
TEXT
}

KEEP=5 SCHEDULED=no PITR=no BINLOGS_ONLY=no LIST=no OUTPUT=""
while [ $# -gt 0 ]; do
    case "$1" in
        --keep) KEEP="$(needs_value "$@")"; shift 2 ;;
        --scheduled) SCHEDULED=yes && shift ;;
        --pitr) PITR=yes && shift ;;
        --binlogs-only) BINLOGS_ONLY=yes && shift ;;
        --list) LIST=yes && shift ;;
        --output) OUTPUT="$(needs_value "$@")"; shift 2 ;;
        *)
            common_option "$@"
            [ "$OPTION_WIDTH" -gt 0 ] || wrong_usage "unknown option $1"
            shift "$OPTION_WIDTH"
            ;;
    esac
done
[[ "$KEEP" =~ ^[1-9][0-9]*$ ]] || wrong_usage "--keep must be a number of at least 1"
after_options
# The account of the database's container may not read its binary log, and its image has no mysqlbinlog.
[ "$MODE" = native ] || [ "$PITR$BINLOGS_ONLY" = nono ] || wrong_usage "--pitr and --binlogs-only need --mode native"
BACKUPS="$PREFIX/backups"

list_dumps() {
    local file comma=""
    [ "$AS_JSON" = no ] || printf '{"ok":true,"dumps":[' >&3
    while IFS= read -r file; do
        if [ "$AS_JSON" = yes ]; then printf '%s{"file":"%s","bytes":%s}' "$comma" "$(json_text "$file")" "$(stat -c %s "$file")" >&3; else
            printf '%12s  %s\n' "$(stat -c %s "$file")" "$file"
        fi
        comma=,
    done < <(find "$BACKUPS" -name 'mysql-backup-*.sql*' ! -name '*.sha256' ! -name '*.json' ! -name '*.part' 2>/dev/null | sort)
    [ "$AS_JSON" = no ] || printf ']}\n' >&3
}

# prune FOLDER COUNT: the oldest go, with what lies beside them.
prune() {
    local file
    find "$1" -maxdepth 1 -name 'mysql-backup-*.sql.gz' 2>/dev/null | sort -r | tail -n "+$(($2 + 1))" | while IFS= read -r file; do
        rm -f "$file" "$file.sha256" "$file.json"
        say "removed $(basename "$file")"
    done
}

# keep_as FOLDER PERIOD: hard links to the dump, unless the period has one.
keep_as() {
    local part
    if find "$BACKUPS/$1" -name "mysql-backup-*.sql.gz" -printf '%f\n' 2>/dev/null | while IFS= read -r name; do
        name="${name#mysql-backup-}"
        date -u -d "${name%%-*}" "+$2"
    done | grep -qxF "$(date -u "+$2")"; then return; fi
    mkdir -p "$BACKUPS/$1"
    for part in "" .sha256 .json; do ln -f "$DUMP$part" "$BACKUPS/$1/$(basename "$DUMP")$part"; done
}

make_dump() {
    local position=() errors="$SCRATCH/errors" coordinates
    [ "$PITR" = no ] || position=(--master-data=2)
    mkdir -p "$(dirname "$DUMP")"
    (
        umask 077
        db_tool dump --single-transaction --quick --hex-blob --routines --triggers --no-tablespaces --default-character-set=utf8mb4 \
            ${position[@]+"${position[@]}"} "$DB_NAME" 2>"$errors" | gzip -6 >"$DUMP.part"
    ) || die "the dump was not made: $(head -c 400 "$errors")"
    gzip -t "$DUMP.part" || die "the dump cannot be read"
    gzip -dc "$DUMP.part" | tail -n 1 | grep -q '^-- Dump completed' || die "the dump is not whole: $(head -c 400 "$errors")"
    coordinates="$(gzip -dc "$DUMP.part" | head -n 60 | sed -n "s/^-- CHANGE MASTER TO MASTER_LOG_FILE='\([^']*\)', MASTER_LOG_POS=\([0-9]*\);/\1 \2/p" || true)"
    [ "$PITR" = no ] || [ -n "$coordinates" ] || die "the dump has no place in the binary log: is log_bin on?"
    mv "$DUMP.part" "$DUMP"
    (cd "$(dirname "$DUMP")" && sha256sum "$(basename "$DUMP")" >"$DUMP.sha256")
    printf '{"database":"%s","made":"%s","release":"%s","binlog":"%s","position":%s}\n' "$DB_NAME" "$STARTED" \
        "$(basename "$(release_now)")" "${coordinates% *}" "${coordinates##* }" | sed 's/"position":}/"position":null}/' >"$DUMP.json"
    chmod 600 "$DUMP" "$DUMP.sha256" "$DUMP.json"
    say "dumped $DB_NAME to $DUMP ($(stat -c %s "$DUMP") bytes)"
}

# copy_binlogs: all the server still has, the current one as far as it goes.
copy_binlogs() {
    local first
    mkdir -p "$BACKUPS/binlog" && chmod 700 "$BACKUPS/binlog"
    first="$(db_tool backup-client --batch --skip-column-names -e 'SHOW BINARY LOGS' 2>"$SCRATCH/errors" | head -n 1 | cut -f1)" || true
    [ -n "$first" ] || die "no binary logs: $(head -c 300 "$SCRATCH/errors")"
    # What was copied whole is not copied again: begin with the newest we have, if the server still has it.
    local newest
    newest="$(find "$BACKUPS/binlog" -type f -printf '%f\n' | sort | tail -n 1)"
    if [ -n "$newest" ] && [[ ! "$newest" < "$first" ]]; then first="$newest"; fi
    (umask 077 && db_tool binlog --read-from-remote-server --raw --to-last-log --result-file="$BACKUPS/binlog/" "$first" 2>"$SCRATCH/errors") ||
        die "the binary logs were not copied: $(head -c 300 "$SCRATCH/errors")"
    find "$BACKUPS/binlog" -type f -mtime "+$(setting BINLOG_DAYS 14)" -delete
    say "binary logs from $first copied to $BACKUPS/binlog"
}

if [ "$LIST" = yes ]; then
    list_dumps
    exit 0
fi
read_settings
with_database
locked backup
STARTED="$(date -u +%Y-%m-%dT%H:%M:%SZ)"
name="mysql-backup-$(date -u +%Y%m%d-%H%M%S).sql.gz"
DUMP="${OUTPUT:-$BACKUPS/$name}"
[ "$SCHEDULED" = no ] || DUMP="$BACKUPS/daily/$name"
if [ "$BINLOGS_ONLY" = yes ]; then
    copy_binlogs
    [ "$AS_JSON" = no ] || printf '{"ok":true,"binlogs":"%s"}\n' "$(json_text "$BACKUPS/binlog")" >&3
    exit 0
fi
mkdir -p "$BACKUPS" && chmod 700 "$BACKUPS"
while [ -e "$DUMP" ]; do sleep 1; DUMP="$(dirname "$DUMP")/mysql-backup-$(date -u +%Y%m%d-%H%M%S).sql.gz"; done
make_dump
[ "$PITR" = no ] || copy_binlogs
if [ "$SCHEDULED" = yes ]; then
    keep_as weekly %G-%V
    keep_as monthly %Y-%m
    prune "$BACKUPS/daily" 7
    prune "$BACKUPS/weekly" 4
    prune "$BACKUPS/monthly" 12
elif [ -z "$OUTPUT" ]; then
    prune "$BACKUPS" "$KEEP"
fi
off_site="$(setting COPY_BACKUP_TO)"
[ -z "$off_site" ] || sh -c "$off_site \"\$1\"" copy "$DUMP" || die "the dump is at $DUMP, but the off-site copy failed: $off_site"
[ "$AS_JSON" = no ] || printf '{"ok":true,"dump":"%s","bytes":%s,"made":"%s"}\n' "$(json_text "$DUMP")" "$(stat -c %s "$DUMP")" "$STARTED" >&3
