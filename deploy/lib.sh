# shellcheck shell=bash
# What the scripts of deploy/ share: options, log, findings, the environment file, manage.py, the database client.
# Sourced, never run. Exit codes everywhere: 0 well, 1 something is wrong, 2 wrong options.
set -Eeuo pipefail

DEPLOY_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
SOURCE_DIR="$(dirname "$DEPLOY_DIR")"
export PREFIX="${MYPAY_PREFIX:-/opt/mypay}" MODE="${MYPAY_MODE:-native}"
export ENV_FILE="${MYPAY_ENV_FILE:-}" AS_JSON=no ASSUME_YES=no
SERVICE_NAMES=(payout-api payment-api ipn merchant-portal admin-portal mock-providers)
declare -A SERVICE_PORTS=([payout-api]=4001 [payment-api]=4002 [ipn]=4003 [merchant-portal]=4010 [admin-portal]=4011 [mock-providers]=3001)
declare -A SETTINGS=()
FINDINGS=()
LOG_FILE=""

COMMON_OPTIONS="  --prefix DIR     where MyPay is installed (default /opt/mypay, or MYPAY_PREFIX)
  --mode MODE      native or docker (default native, or MYPAY_MODE)
  --env FILE       the configuration (default PREFIX/.env.production)
  --json           print one JSON object on standard output, the log on standard error
  -h, --help       this text"

# --- options ----------------------------------------------------------------------------------------------

# common_option ARGS...: takes one common option; OPTION_WIDTH is how many arguments it used, 0 if it is none.
common_option() {
    OPTION_WIDTH=0
    case "$1" in
        --prefix) PREFIX="$(needs_value "$@")"; OPTION_WIDTH=2 ;;
        --mode) MODE="$(needs_value "$@")"; OPTION_WIDTH=2 ;;
        --env) ENV_FILE="$(needs_value "$@")"; OPTION_WIDTH=2 ;;
        --json) AS_JSON=yes && OPTION_WIDTH=1 ;;
        -h | --help) usage && exit 0 ;;
    esac
}

needs_value() { [ $# -ge 2 ] && [ -n "$2" ] || { wrong_usage "$1 needs a value"; }; printf '%s' "$2"; }

wrong_usage() {
    echo "$(basename "$0"): $1 (--help lists the options)" >&2
    exit 2
}

# after_options: what every script does once its options are read.
after_options() {
    case "$MODE" in native | docker) ;; *) wrong_usage "--mode must be native or docker, not $MODE" ;; esac
    mkdir -p "$PREFIX" 2>/dev/null || true
    PREFIX="$(cd "$PREFIX" 2>/dev/null && pwd || printf '%s' "$PREFIX")"
    ENV_FILE="${ENV_FILE:-$PREFIX/.env.production}"
    export PREFIX MODE ENV_FILE
    # Standard output carries the JSON alone; people's text goes to standard error.
    exec 3>&1
    [ "$AS_JSON" = no ] || exec 1>&2
}

# --- log and findings -------------------------------------------------------------------------------------

# start_log NAME: from here on, what is said also lands in PREFIX/logs/NAME-TIME.log.
start_log() {
    mkdir -p "$PREFIX/logs"
    LOG_FILE="$PREFIX/logs/$1-$(date -u +%Y%m%d-%H%M%S)-$$.log"
    (umask 027 && : >>"$LOG_FILE")
}

say() {
    printf '%s\n' "$*"
    [ -z "$LOG_FILE" ] || printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >>"$LOG_FILE"
}

step() { say "== $*"; }

die() {
    say "FAILED: $*" >&2
    [ "$AS_JSON" = no ] || printf '{"ok":false,"error":"%s","log":"%s"}\n' "$(json_text "$*")" "$(json_text "$LOG_FILE")" >&3
    exit 1
}

# logged COMMAND...: runs it with its output in the log (and on the screen when there is no log), without our lock: a
# daemon it starts would hold it for ever.
logged() {
    if [ -n "$LOG_FILE" ]; then
        "$@" >>"$LOG_FILE" 2>&1 9>&- || { local rc=$?; tail -n 15 "$LOG_FILE" >&2; return "$rc"; }
    else
        "$@"
    fi
}

# finding STATUS NAME TEXT: STATUS is ok, warning or fail. All are kept and reported.
finding() {
    FINDINGS+=("$1"$'\t'"$2"$'\t'"$3")
    local mark
    case "$1" in ok) mark="[ ok ]" ;; warning) mark="[warn]" ;; *) mark="[FAIL]" ;; esac
    say "$(printf '%s %-18s %s' "$mark" "$2" "$3")"
}

count_findings() {
    local entry count=0
    for entry in ${FINDINGS[@]+"${FINDINGS[@]}"}; do [ "${entry%%$'\t'*}" != "$1" ] || count=$((count + 1)); done
    echo "$count"
}

# report_findings NAME: the summary (and the JSON); returns 1 if anything failed.
report_findings() {
    local failed warned entry status rest comma=""
    failed="$(count_findings fail)" warned="$(count_findings warning)"
    say "$1: ${#FINDINGS[@]} checks, $failed failed, $warned warnings"
    if [ "$AS_JSON" = yes ]; then
        {
            printf '{"ok":%s,"failed":%s,"warnings":%s,"checks":[' "$([ "$failed" = 0 ] && echo true || echo false)" "$failed" "$warned"
            for entry in ${FINDINGS[@]+"${FINDINGS[@]}"}; do
                status="${entry%%$'\t'*}" rest="${entry#*$'\t'}"
                printf '%s{"name":"%s","status":"%s","message":"%s"}' "$comma" "$(json_text "${rest%%$'\t'*}")" "$status" "$(json_text "${rest#*$'\t'}")"
                comma=,
            done
            printf ']}\n'
        } >&3
    fi
    [ "$failed" = 0 ]
}

json_text() {
    local text="$1"
    text="${text//\\/\\\\}" text="${text//\"/\\\"}" text="${text//$'\n'/\\n}" text="${text//$'\t'/ }" text="${text//$'\r'/}"
    printf '%s' "$text"
}

# confirm QUESTION: the word "yes", typed; --yes answers it.
confirm() {
    [ "$ASSUME_YES" = no ] || return 0
    local answer=""
    printf '%s Type yes to go on: ' "$1" >&2
    read -r answer || true
    [ "$answer" = yes ] || die "not confirmed"
}

# locked NAME: one at a time on this machine; ends with the script.
locked() {
    mkdir -p "$PREFIX/run"
    exec 9>"$PREFIX/run/$1.lock"
    flock -n 9 || die "another $1 is running (lock $PREFIX/run/$1.lock)"
}

# --- configuration ----------------------------------------------------------------------------------------

# read_settings [FILE]: NAME=value lines into SETTINGS, literally; one pair of quotes around a value is taken off.
read_settings() {
    local file="${1:-$ENV_FILE}" line name value
    SETTINGS=()
    [ -r "$file" ] || return 0
    while IFS= read -r line || [ -n "$line" ]; do
        line="${line%$'\r'}"
        [[ "$line" =~ ^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] || continue
        name="${BASH_REMATCH[2]}" value="${BASH_REMATCH[3]}"
        [[ "$value" =~ ^\"(.*)\"$ || "$value" =~ ^\'(.*)\'$ ]] && value="${BASH_REMATCH[1]}"
        SETTINGS[$name]="$value"
    done <"$file"
}

# setting NAME [DEFAULT]: from NAME, or from the file that NAME_FILE names.
setting() {
    local value="${SETTINGS[$1]-}" file="${SETTINGS[$1_FILE]-}"
    if [ -z "$value" ] && [ -n "$file" ] && [ -r "$file" ]; then value="$(<"$file")"; fi
    printf '%s' "${value:-${2-}}"
}

# services: the web services this installation runs (SERVICES, comma-separated).
services() {
    local wanted
    wanted="$(setting SERVICES payout-api,payment-api,ipn,merchant-portal,admin-portal,mock-providers)"
    tr ',' '\n' <<<"$wanted" | sed 's/[[:space:]]//g; /^$/d'
}

nodes() { setting WEB_NODES 1; }

# service_port SERVICE [NODE]: PAYOUT_API_PORT and so on; each further node NODE_PORT_STEP (100) higher.
service_port() {
    local name="${1^^}"
    echo $(($(setting "${name//-/_}_PORT" "${SERVICE_PORTS[$1]}") + $(setting NODE_PORT_STEP 100) * (${2:-1} - 1)))
}

# host_of LABEL: SANDBOX_DOMAIN and so on.
host_of() { setting "${1^^}_DOMAIN"; }

HOST_LABELS=(sandbox devportal devadmin mock checkout)

# db_parts: DB_KIND DB_HOST DB_PORT DB_USER DB_PASSWORD DB_NAME from DATABASE_URL or the DB_* names.
db_parts() {
    local url rest login at
    url="$(setting DATABASE_URL)"
    DB_KIND=mysql DB_HOST="$(setting DB_HOST)" DB_PORT="$(setting DB_PORT 3306)"
    DB_USER="$(setting DB_USER "$(setting DB_USERNAME mypay)")" DB_PASSWORD="$(setting DB_PASSWORD)"
    DB_NAME="$(setting DB_NAME "$(setting DB_DATABASE mypay)")"
    if [ -n "$url" ]; then
        DB_KIND="${url%%:*}" rest="${url#*://}"
        login="${rest%@*}" at="${rest##*@}"
        [ "$login" != "$rest" ] || login=""
        DB_USER="$(unquoted "${login%%:*}")" DB_PASSWORD=""
        [[ "$login" != *:* ]] || DB_PASSWORD="$(unquoted "${login#*:}")"
        DB_NAME="${at#*/}" DB_NAME="$(unquoted "${DB_NAME%%\?*}")"
        DB_HOST="${at%%/*}" DB_PORT=3306
        [[ "$DB_HOST" != *:* ]] || DB_PORT="${DB_HOST##*:}" DB_HOST="${DB_HOST%%:*}"
    elif [ -z "$DB_HOST" ]; then
        DB_KIND=sqlite
    fi
}

unquoted() { local text="${1//+/ }"; printf '%b' "${text//%/\\x}"; }

# --- manage.py and the database ---------------------------------------------------------------------------

# manage RELEASE ENVIRONMENT ARGS...: one management command of that release under that configuration.
manage() {
    local release="$1" environment="$2"
    shift 2
    if [ "$MODE" = docker ]; then
        docker_manage "$@"
    else
        as_user "$release/.venv/bin/python" -I "$release/deploy/runner.py" exec --prefix "$PREFIX" --release "$release" --env "$environment" -- \
            "$release/.venv/bin/python" manage.py "$@"
    fi
}

run_user() { setting RUN_USER "$([ -e "$PREFIX/run/user" ] && cat "$PREFIX/run/user" || id -un)"; }

as_user() {
    local user
    user="$(run_user)"
    if [ "$(id -u)" = 0 ] && [ "$user" != root ]; then runuser -u "$user" -- "$@"; else "$@"; fi
}

# db_login FILE USER PASSWORD: the client's options, since a password must not be seen in a list of processes.
db_login() {
    (umask 077 && : >"$1")
    printf '[client]\nhost="%s"\nport=%s\nuser="%s"\npassword="%s"\n' "$DB_HOST" "$DB_PORT" "$2" \
        "$(sed 's/\\/\\\\/g; s/"/\\"/g' <<<"$3")" >>"$1"
}

first_of() { local name; for name in "$@"; do command -v "$name" >/dev/null && { echo "$name"; return 0; }; done; return 1; }

# db_tool KIND ARGS...: MariaDB's tool or MySQL's, on this machine or in the database's container. dump, binlog and
# backup-client log in with the backup account, client with the configuration's, target as TARGET says.
db_tool() {
    local kind="$1" tool login=()
    shift
    if [ "$MODE" = docker ] && [ "${DB_IN_CONTAINER:-yes}" = yes ]; then docker_db_tool "$kind" "$@"; return; fi
    case "$kind" in
        dump) tool="$(first_of mariadb-dump mysqldump)" ;;
        *binlog) tool="$(first_of mariadb-binlog mysqlbinlog)" ;;
        *) tool="$(first_of mariadb mysql)" ;;
    esac || die "no database client on this machine: apt-get install mariadb-client"
    case "$kind" in
        client) login=(--defaults-extra-file="$DB_LOGIN") ;;
        target) login=("${TARGET[@]}") ;;
        local-binlog) login=(--no-defaults) ;;
        *) login=(--defaults-extra-file="$DB_BACKUP_LOGIN") ;;
    esac
    "$tool" "${login[@]}" "$@"
}

# with_database: sets DB_* and private login files that end with the script.
with_database() {
    db_parts
    [ "$DB_KIND" = mysql ] || die "the configuration names no MySQL or MariaDB database (DATABASE_URL or DB_HOST)"
    SCRATCH="$(mktemp -d)"
    trap 'rm -rf "$SCRATCH"' EXIT
    DB_LOGIN="$SCRATCH/login.cnf" DB_BACKUP_LOGIN="$SCRATCH/backup.cnf"
    db_login "$DB_LOGIN" "$DB_USER" "$DB_PASSWORD"
    db_login "$DB_BACKUP_LOGIN" "$(setting BACKUP_DB_USER "$DB_USER")" "$(setting BACKUP_DB_PASSWORD "$DB_PASSWORD")"
}

query() { db_tool client --batch --skip-column-names "$DB_NAME" -e "$1"; }

stop_all() { if [ "$MODE" = docker ]; then docker_stop; else native_stop; fi; }
start_all() { if [ "$MODE" = docker ]; then docker_start; else native_start; fi; }

# shellcheck source=deploy/docker.sh
[ "${MYPAY_LIB_ONLY:-}" ] || . "$DEPLOY_DIR/docker.sh"
# shellcheck source=deploy/native.sh
[ "${MYPAY_LIB_ONLY:-}" ] || . "$DEPLOY_DIR/native.sh"
