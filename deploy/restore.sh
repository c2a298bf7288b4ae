#!/usr/bin/env bash
# Put a dump into a database, and play the binary logs up to a second if asked; then check ledger and audit trail.
# shellcheck source=deploy/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

usage() {
    cat <<TEXT
usage: restore.sh [options] [DUMP]
Puts DUMP (.sql or .sql.gz; default the newest) into the configured database, or into another one, and verifies ledger and audit
trail there. Into the configured database: stops the processes, dumps what is there first, and starts them again.
  --latest         the newest dump (also without --until the default)
  --until TIME     (native) point-in-time recovery: the newest dump made before TIME, then the binary logs up to it, TIME itself
                   left out; UTC, as in 2026-11-21T10:15:30
  --binlogs DIR    the copied binary logs (default PREFIX/backups/binlog; backup.sh --binlogs-only copies them first)
  --host H --port P | --socket S     another server
  --database NAME  another database
  --login FILE     a client option file ([client] user, password) that may create the database and, with --until, replay
                   binary logs (right BINLOG REPLAY); default the configuration's account
  --replace        a database that has tables is emptied first (always so for the configured one, after --yes or a typed yes)
  --skip-check     do not run check_ledger and check_audit
  --yes            do not ask
$COMMON_OPTIONS
exit codes: 0 restored and found clean, 1 not, 2 wrong options
TEXT
}

DUMP="" UNTIL="" BINLOGS="" TO_HOST="" TO_PORT="" TO_SOCKET="" TO_DATABASE="" LOGIN="" REPLACE=no CHECK=yes
while [ $# -gt 0 ]; do
    case "$1" in
        --latest) shift ;;
        --until) UNTIL="$(needs_value "$@")"; shift 2 ;;
        --binlogs) BINLOGS="$(needs_value "$@")"; shift 2 ;;
        --host) TO_HOST="$(needs_value "$@")"; shift 2 ;;
        --port) TO_PORT="$(needs_value "$@")"; shift 2 ;;
        --socket) TO_SOCKET="$(needs_value "$@")"; shift 2 ;;
        --database) TO_DATABASE="$(needs_value "$@")"; shift 2 ;;
        --login) LOGIN="$(needs_value "$@")"; shift 2 ;;
        --replace) REPLACE=yes && shift ;;
        --skip-check) CHECK=no && shift ;;
        --yes) ASSUME_YES=yes && shift ;;
        *)
            common_option "$@"
            if [ "$OPTION_WIDTH" -gt 0 ]; then
                shift "$OPTION_WIDTH"
            elif [[ "$1" != -* && -z "$DUMP" ]]; then
                DUMP="$1" && shift
            else
                wrong_usage "unknown option $1"
            fi
            ;;
    esac
done
after_options
[ "$MODE" = native ] || [ -z "$UNTIL" ] || wrong_usage "--until needs --mode native"
BACKUPS="$PREFIX/backups" BINLOGS="${BINLOGS:-$PREFIX/backups/binlog}"
if [ -n "$UNTIL" ]; then
    UNTIL_SECONDS="$(TZ=UTC date -d "$UNTIL" +%s 2>/dev/null)" || wrong_usage "--until must be a time as in 2026-11-21T10:15:30, not $UNTIL"
fi

made_at() { sed -n 's/^.*mysql-backup-\([0-9]\{4\}\)\([0-9]\{2\}\)\([0-9]\{2\}\)-\([0-9]\{2\}\)\([0-9]\{2\}\)\([0-9]\{2\}\).*$/\1-\2-\3 \4:\5:\6/p' <<<"$1"; }

# choose_dump: the newest dump; with --until the newest that was made before and knows its place in the binary log.
choose_dump() {
    local file made
    while IFS= read -r file; do
        made="$(made_at "$(basename "$file")")"
        [ -z "$UNTIL" ] || { [ "$(TZ=UTC date -d "$made" +%s)" -le "$UNTIL_SECONDS" ] && grep -q '"position":[0-9]' "$file.json" 2>/dev/null; } || continue
        echo "$file"
        return
    done < <(find "$BACKUPS" -name 'mysql-backup-*.sql.gz' -printf '%f\t%p\n' 2>/dev/null | sort -r | cut -f2)
    die "no fitting dump in $BACKUPS${UNTIL:+ from before $UNTIL (backup.sh --pitr makes such)}"
}

target() { db_tool target "$@"; }

# remake_database: an empty one of that name; only what may be lost is dropped.
remake_database() {
    local tables
    tables="$(target --batch --skip-column-names -e "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema='$TO_DATABASE'")" ||
        die "the server to restore into does not answer"
    if [ "$tables" != 0 ]; then
        [ "$REPLACE" = yes ] || die "database $TO_DATABASE has $tables tables: --replace empties it first"
        target -e "DROP DATABASE \`$TO_DATABASE\`"
    fi
    target -e "CREATE DATABASE IF NOT EXISTS \`$TO_DATABASE\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
}

# load_dump: the dump as it is; nothing in it names a database.
load_dump() {
    local reader=(cat)
    [[ "$DUMP" != *.gz ]] || reader=(gzip -dc)
    "${reader[@]}" "$DUMP" | target --init-command="SET SESSION foreign_key_checks=0, unique_checks=0" "$TO_DATABASE"
}

# replay: the binary logs from the dump's place up to the time asked for.
replay() {
    local first position files stop
    first="$(sed -n 's/.*"binlog":"\([^"]*\)".*/\1/p' "$DUMP.json")" position="$(sed -n 's/.*"position":\([0-9]*\).*/\1/p' "$DUMP.json")"
    mapfile -t files < <(find "$BINLOGS" -type f -name "${first%.*}.[0-9]*" | sort | awk -v first="$BINLOGS/$first" '$0 >= first')
    [ "${#files[@]}" -gt 0 ] && [ "${files[0]##*/}" = "$first" ] || die "binary log $first is not in $BINLOGS (backup.sh --binlogs-only)"
    stop="$(TZ=UTC date -d "@$UNTIL_SECONDS" '+%Y-%m-%d %H:%M:%S')"
    say "playing ${#files[@]} binary logs from $first:$position until $stop UTC"
    local rewrite=() from
    from="$(sed -n 's/.*"database":"\([^"]*\)".*/\1/p' "$DUMP.json")"
    [ "$from" = "$TO_DATABASE" ] || rewrite=(--rewrite-db="$from->$TO_DATABASE")
    TZ=UTC db_tool local-binlog --start-position="$position" --stop-datetime="$stop" ${rewrite[@]+"${rewrite[@]}"} --database="$TO_DATABASE" \
        "${files[@]}" | target --binary-mode
}

check_restored() {
    local release environment name result=0
    release="$(release_now)"
    [ -n "$release" ] || { release="$SOURCE_DIR"; [ -x "$release/.venv/bin/python" ] || die "nothing installed to check with (--skip-check)"; }
    environment="$SCRATCH/environment"
    (umask 077 && cp "$ENV_FILE" "$environment")
    if [ "$(run_user)" != root ] && [ "$(id -u)" = 0 ]; then chown -R "$(run_user)" "$SCRATCH"; fi
    printf '\nDATABASE_URL=%s\n' "$(target_url)" >>"$environment"
    for name in "check_ledger" "check_audit --seal"; do
        # shellcheck disable=SC2086
        if manage "$release" "$environment" $name --json >"$SCRATCH/$name.out" 2>"$SCRATCH/errors"; then
            say "$name: clean"
        else
            result=1
            say "$name: $(tail -c 500 "$SCRATCH/$name.out" "$SCRATCH/errors")"
        fi
    done
    return "$result"
}

quoted() { "$(system_python)" -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.argv[1], ""), end="")' "$1"; }

target_url() {
    local user="$DB_USER" password="$DB_PASSWORD"
    if [ -n "$LOGIN" ]; then
        user="$(sed -n 's/^user *= *"\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' "$LOGIN" | tail -n 1)"
        password="$(sed -n 's/^password *= *"\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' "$LOGIN" | tail -n 1)"
    fi
    if [ -n "$TO_SOCKET" ]; then
        printf 'mysql://%s:%s@localhost/%s?unix_socket=%s' "$(quoted "$user")" "$(quoted "$password")" "$TO_DATABASE" "$TO_SOCKET"
    else
        printf 'mysql://%s:%s@%s:%s/%s' "$(quoted "$user")" "$(quoted "$password")" "${TO_HOST:-$DB_HOST}" "${TO_PORT:-$DB_PORT}" "$TO_DATABASE"
    fi
}

read_settings
with_database
start_log restore
TO_DATABASE="${TO_DATABASE:-$DB_NAME}"
IS_LIVE=no
if [ -z "$TO_HOST$TO_PORT$TO_SOCKET" ] && [ "$TO_DATABASE" = "$DB_NAME" ]; then IS_LIVE=yes REPLACE=yes; fi
TARGET=(--defaults-extra-file="${LOGIN:-$DB_LOGIN}")
if [ -n "$TO_SOCKET" ]; then TARGET+=(--socket="$TO_SOCKET"); else TARGET+=(--host="${TO_HOST:-$DB_HOST}" --port="${TO_PORT:-$DB_PORT}"); fi
export DB_LOGIN
[ -n "$DUMP" ] || DUMP="$(choose_dump)"
[ -r "$DUMP" ] || die "there is no dump $DUMP"
DUMP="$(readlink -f "$DUMP")"
if [ -e "$DUMP.sha256" ]; then (cd "$(dirname "$DUMP")" && sha256sum --quiet --check "$DUMP.sha256") || die "$DUMP is not what was dumped"; fi
[[ "$DUMP" != *.gz ]] || gzip -t "$DUMP" || die "$DUMP cannot be read"
say "restoring $DUMP${UNTIL:+ and what came until $UNTIL} into $TO_DATABASE"
if [ "$IS_LIVE" = yes ]; then
    confirm "This puts the state of $(basename "$DUMP") in the place of what $DB_NAME on $DB_HOST holds now."
    safety="$BACKUPS/before-restore-$(date -u +%Y%m%d-%H%M%S).sql.gz"
    [ "${MYPAY_STOPPED:-}" = yes ] || stop_all # rollback.sh --full stops and starts itself
    "$DEPLOY_DIR/backup.sh" --prefix "$PREFIX" --mode "$MODE" --env "$ENV_FILE" --output "$safety"
    say "what was there is in $safety"
elif [ "$REPLACE" = yes ]; then
    confirm "This empties database $TO_DATABASE first."
fi
remake_database
load_dump || die "the dump was not loaded whole; $TO_DATABASE is incomplete${safety:+, its former content is in $safety}"
[ -z "$UNTIL" ] || replay || die "the binary logs were not played to the end"
checked=true
if [ "$CHECK" = yes ]; then check_restored || checked=false; fi
if [ "$IS_LIVE" = yes ] && [ "${MYPAY_STOPPED:-}" != yes ]; then start_all || die "restored, but not all processes are ready"; fi
[ "$AS_JSON" = no ] || printf '{"ok":%s,"dump":"%s","database":"%s","until":"%s"}\n' "$checked" "$(json_text "$DUMP")" "$TO_DATABASE" "$UNTIL" >&3
[ "$checked" = true ] || die "restored, but the checks found something"
say "restored"
