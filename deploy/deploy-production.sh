#!/usr/bin/env bash
# Bring a release into service: dump, build, migrate, hand over, verify. Under load no request is refused.
# shellcheck source=deploy/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

usage() {
    cat <<TEXT
usage: deploy-production.sh [options]
Checks the machine, dumps the database, builds the release, migrates, hands over from the running release to it, renders nginx,
verifies, and goes back to the release before if the verification fails. Asks nothing. Log: PREFIX/logs/deployment-*.log
  --source DIR     the release's source (default: the checkout this script is in)
  --release ID     its name (default: time and commit); docker: also the image's tag
  --no-install     install no system packages
  --no-check       leave out pre-deploy-check.sh
  --no-seed        do not put missing seed data in place
  --stop-first     (native) stop the running release before migrating: for a migration the old code cannot live with
  --no-rollback    leave a release that fails its verification in service
  --tls KIND       (native) self-signed, certbot (with renewal) or existing (your files in PREFIX/certs/HOST/{fullchain,privkey}.pem);
                   default: what is there, else self-signed
  --email ADDRESS  for certbot
  --no-nginx       leave nginx alone
  --own-nginx      an nginx of its own from PREFIX/nginx/nginx.conf, where /etc/nginx is not ours
  --venv DIR       use this virtual environment instead of making one (native)
  --user NAME      the processes run as this user (native; default mypay, created if missing)
  --keep N         keep this many releases (default 5)
  --remove-images  docker: remove images no container uses, afterwards
$COMMON_OPTIONS
exit codes: 0 in service and verified, 1 not (the release before serves, unless --no-rollback), 2 wrong options
TEXT
}

RELEASE_ID="" INSTALL=yes CHECK=yes SEED=yes STOP_FIRST=no ROLLBACK=yes TLS="" EMAIL="" NGINX=yes OWN_NGINX=no VENV="" USER_NAME=mypay KEEP=5
REMOVE_IMAGES=no
while [ $# -gt 0 ]; do
    case "$1" in
        --source) SOURCE_DIR="$(cd "$(needs_value "$@")" && pwd)"; shift 2 ;;
        --release) RELEASE_ID="$(needs_value "$@")"; shift 2 ;;
        --no-install) INSTALL=no && shift ;;
        --no-check) CHECK=no && shift ;;
        --no-seed) SEED=no && shift ;;
        --stop-first) STOP_FIRST=yes && shift ;;
        --no-rollback) ROLLBACK=no && shift ;;
        --tls) TLS="$(needs_value "$@")"; shift 2 ;;
        --email) EMAIL="$(needs_value "$@")"; shift 2 ;;
        --no-nginx) NGINX=no && shift ;;
        --own-nginx) OWN_NGINX=yes && shift ;;
        --venv) VENV="$(readlink -f "$(needs_value "$@")")"; shift 2 ;;
        --user) USER_NAME="$(needs_value "$@")"; shift 2 ;;
        --keep) KEEP="$(needs_value "$@")"; shift 2 ;;
        --remove-images) REMOVE_IMAGES=yes && shift ;;
        *)
            common_option "$@"
            [ "$OPTION_WIDTH" -gt 0 ] || wrong_usage "unknown option $1"
            shift "$OPTION_WIDTH"
            ;;
    esac
done
case "$TLS" in "" | self-signed | existing) ;; certbot) [ -n "$EMAIL" ] || wrong_usage "--tls certbot needs --email" ;; *) wrong_usage "unknown --tls $TLS" ;; esac
[[ "$KEEP" =~ ^[1-9][0-9]*$ ]] || wrong_usage "--keep must be a number of at least 1"
[ -z "$TLS" ] || [ "$MODE" = native ] || wrong_usage "--tls needs --mode native; docs/operations.md says how containers get certificates"
RELEASE_ID="${RELEASE_ID:-$(date -u +%Y%m%d-%H%M%S)-$(git -C "$SOURCE_DIR" rev-parse --short HEAD 2>/dev/null || echo source)}"
[[ "$RELEASE_ID" =~ ^[A-Za-z0-9._-]+$ ]] || wrong_usage "--release must be letters, digits, dots, dashes"
after_options
[ "$(id -u)" = 0 ] || die "run it as root (sudo)"
[ -r "$ENV_FILE" ] || die "$ENV_FILE is missing: deploy/make-env.sh --domain YOUR.DOMAIN --prefix $PREFIX"
read_settings
mkdir -p "$PREFIX"/{releases,config,run,logs,slots,var,backups,certs}
chmod 700 "$PREFIX/config" "$PREFIX/backups"
start_log deployment
locked deploy
common=(--prefix "$PREFIX" --mode "$MODE" --env "$ENV_FILE")
RELEASE="$PREFIX/releases/$RELEASE_ID" SAVED_ENV="$PREFIX/config/$RELEASE_ID.env"
[ ! -e "$RELEASE" ] || die "release $RELEASE_ID exists already"
trap 'rc=$?; rm -rf "${SCRATCH:-}"; [ "$rc" = 0 ] || say "deployment of $RELEASE_ID ended with $rc; log: $LOG_FILE"' EXIT

install_packages() {
    local wanted=() tool package python
    local -A packages=([curl]=curl [openssl]=openssl [nginx]=nginx [runuser]=util-linux [ss]=iproute2 [logrotate]=logrotate)
    if [ "$MODE" = native ]; then
        packages+=([python3]=python3 [mariadb]=mariadb-client)
        case "$(setting DB_HOST 127.0.0.1)" in 127.0.0.1 | localhost) packages+=([mariadbd]=mariadb-server) ;; esac
        [[ "$(setting REDIS_URL)" != *//127.0.0.1* && "$(setting REDIS_URL)" != *//localhost* ]] || packages+=([redis-server]=redis-server)
        if [ -z "$VENV" ]; then packages+=([gcc]="gcc pkg-config libmariadb-dev python3-dev python3-venv"); fi
    fi
    [ "$TLS" != certbot ] || packages+=([certbot]=certbot)
    for tool in "${!packages[@]}"; do
        command -v "$tool" >/dev/null 2>&1 || for package in ${packages[$tool]}; do wanted+=("$package"); done
    done
    if [ -z "$VENV" ] && [ "$MODE" = native ]; then
        python="$(find_python || true)"
        if [ -z "$python" ] || ! "$python" -c 'import ensurepip' 2>/dev/null; then wanted+=(python3-venv); fi
        [ -e /usr/include/mariadb/mysql.h ] || wanted+=(libmariadb-dev)
        command -v pkg-config >/dev/null || wanted+=(pkg-config)
    fi
    [ "${#wanted[@]}" -gt 0 ] || return 0
    mapfile -t wanted < <(printf '%s\n' "${wanted[@]}" | sort -u)
    say "installing ${wanted[*]}"
    export DEBIAN_FRONTEND=noninteractive
    logged apt-get update -qq && logged apt-get install -y -qq "${wanted[@]}"
}

prepare_user() {
    if [ "$USER_NAME" != root ]; then
        id "$USER_NAME" >/dev/null 2>&1 || logged useradd --system --home-dir "$PREFIX" --shell /usr/sbin/nologin "$USER_NAME"
        chown "$USER_NAME" "$PREFIX/var" "$PREFIX/run" "$PREFIX/logs"
    fi
    printf '%s\n' "$USER_NAME" >"$PREFIX/run/user"
}

# ensure_database: on this machine and reachable as root by its socket: the database and its two accounts, made once.
ensure_database() {
    with_database
    case "$DB_HOST" in 127.0.0.1 | localhost) configure_mariadb ;; esac
    if query "SELECT 1" >/dev/null 2>&1; then return 0; fi
    case "$DB_HOST" in 127.0.0.1 | localhost) ;; *) die "the database on $DB_HOST does not answer as $DB_USER" ;; esac
    if ! mariadb-admin ping >/dev/null 2>&1; then start_service mariadb mariadb-admin ping; fi
    [[ "$DB_NAME$DB_USER" =~ ^[A-Za-z0-9_]+$ ]] || die "DB_NAME and DB_USER must be letters, digits and underscores"
    local backup_user backup_password
    backup_user="$(setting BACKUP_DB_USER)" backup_password="$(setting BACKUP_DB_PASSWORD)"
    {
        printf "CREATE DATABASE IF NOT EXISTS \`%s\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n" "$DB_NAME"
        for host in localhost 127.0.0.1; do
            printf "CREATE USER IF NOT EXISTS '%s'@'%s' IDENTIFIED BY '%s';\n" "$DB_USER" "$host" "$(sql_text "$DB_PASSWORD")"
            printf "GRANT ALL ON \`%s\`.* TO '%s'@'%s';\n" "$DB_NAME" "$DB_USER" "$host"
            [ -n "$backup_user" ] || continue
            printf "CREATE USER IF NOT EXISTS '%s'@'%s' IDENTIFIED BY '%s';\n" "$backup_user" "$host" "$(sql_text "$backup_password")"
            printf "GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON \`%s\`.* TO '%s'@'%s';\n" "$DB_NAME" "$backup_user" "$host"
            printf "GRANT RELOAD, PROCESS, BINLOG MONITOR, REPLICATION SLAVE, REPLICATION MASTER ADMIN ON *.* TO '%s'@'%s';\n" "$backup_user" "$host"
        done
    } | mariadb 2>>"$LOG_FILE" || die "the database was not made: log in as root, or make it by hand (docs/quick-deploy.md)"
    query "SELECT 1" >/dev/null || die "the database does not answer as $DB_USER"
}

sql_text() { local text="${1//\\/\\\\}"; printf '%s' "${text//\'/\\\'}"; }

# configure_mariadb: once, our part of the server's configuration; it may run already, as Debian starts what it installs.
configure_mariadb() {
    local file=/etc/mysql/mariadb.conf.d/90-mypay.cnf
    [ "$INSTALL" = yes ] && [ -d "${file%/*}" ] && [ ! -e "$file" ] || return 0
    cp "$DEPLOY_DIR/env/mariadb.cnf" "$file"
    if has_systemd; then logged systemctl restart mariadb; else logged service mariadb restart; fi
    say "configured MariaDB: $file (binary log, flushed at every commit)"
}

# start_service NAME COMMAND...: one that this machine has, until the command succeeds.
start_service() {
    local name="$1"
    shift
    if has_systemd; then logged systemctl enable --now "$name"; else logged service "$name" start; fi
    for _ in $(seq 30); do "$@" >/dev/null 2>&1 && return 0; sleep 2; done
    die "$name does not start"
}

# ensure_redis: Debian starts what it installs, but only under systemd.
ensure_redis() {
    case "$(setting REDIS_URL)" in *//127.0.0.1* | *//localhost*) ;; *) return 0 ;; esac
    [ "$INSTALL" = yes ] && command -v redis-server >/dev/null || return 0
    redis_answers || start_service redis-server redis_answers
}

# Any answer will do: one that wants a password is there too.
redis_answers() { [ -n "$(redis-cli -u "$(setting REDIS_URL)" ping 2>/dev/null)" ]; }

wait_database() {
    for _ in $(seq 30); do query "SELECT 1" >/dev/null 2>&1 && return 0; sleep 2; done
    die "the database does not answer after 60 s"
}

# has_binlog: a place in the binary log can be written down, and the log be copied.
has_binlog() { [ "$MODE" = native ] && [ -n "$(setting BACKUP_DB_USER)" ] && [ "$(query 'SELECT @@log_bin')" = 1 ]; }

dump_first() {
    local tables pitr=()
    tables="$(query "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()")"
    DUMP=""
    if [ "$tables" = 0 ]; then say "the database is empty: nothing to dump"; return; fi
    ! has_binlog || pitr=(--pitr)
    DUMP="$("$DEPLOY_DIR/backup.sh" "${common[@]}" --json "${pitr[@]}" 2>>"$LOG_FILE" | sed -n 's/.*"dump":"\([^"]*\)".*/\1/p')" && [ -s "$DUMP" ] ||
        die "no dump, no deployment: $(tail -n 3 "$LOG_FILE")"
    say "dumped to $DUMP"
}

build_native() {
    copy_source "$SOURCE_DIR" "$RELEASE"
    make_venv "$RELEASE" "$VENV"
    install -m 600 "$ENV_FILE" "$SAVED_ENV"
    [ "$USER_NAME" = root ] || { chown "$USER_NAME" "$SAVED_ENV"; chmod 711 "$PREFIX/config"; }
    "$RELEASE/.venv/bin/python" -m compileall -q -j 0 "$RELEASE" >/dev/null || true
    # The release's own folder of static files: an older one never serves a newer one's. No code of a release runs as root.
    install -d -o "$USER_NAME" "$RELEASE/static"
    logged manage "$RELEASE" "$SAVED_ENV" collectstatic --noinput
    chown -R root: "$RELEASE/static"
    logged manage "$RELEASE" "$SAVED_ENV" check
}

# migrations_applied: "app name" of the newest applied migration of each app.
migrations_applied() {
    manage "$RELEASE" "$SAVED_ENV" showmigrations --plan 2>>"$LOG_FILE" | sed -n 's/^\[X\]  \([a-z_0-9]*\)\.\([^ ]*\).*/\1 \2/p' |
        awk '{last[$1] = $2} END {for (app in last) print app, last[app]}' | sort
}

write_manifest() {
    migrations_applied >"$RELEASE/.migrations-before"
    printf 'release=%s\nprevious=%s\ndump=%s\nmade=%s\n' "$RELEASE_ID" "$(basename "$(release_now)")" "$DUMP" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$RELEASE/.release"
}

migrate_and_seed() {
    [ "$STOP_FIRST" = no ] || stop_all
    logged manage "$RELEASE" "$SAVED_ENV" migrate_locked || die "migrating failed; the running release was not touched. Dump: $DUMP"
    [ "$SEED" = no ] || logged manage "$RELEASE" "$SAVED_ENV" seed
}

# give_certificates: nginx reads PREFIX/certs/HOST; certbot's files are linked there once they exist.
give_certificates() {
    [ "$TLS" = certbot ] || return 0
    local label host live before
    before="$(certificates)"
    for label in "${HOST_LABELS[@]}"; do
        host="$(host_of "$label")" live="/etc/letsencrypt/live/$(host_of "$label")"
        logged certbot certonly --non-interactive --agree-tos --email "$EMAIL" --webroot --webroot-path "$PREFIX/acme" --domain "$host" \
            --keep-until-expiring --deploy-hook "nginx -s reload" || { say "certbot gave no certificate for $host; the self-signed one stays"; continue; }
        link "$live/fullchain.pem" "$PREFIX/certs/$host/fullchain.pem"
        link "$live/privkey.pem" "$PREFIX/certs/$host/privkey.pem"
    done
    ! has_systemd || logged systemctl enable --now certbot.timer
    # The hook ran before the link was there: load once more what is linked now.
    [ "$before" = "$(certificates)" ] || logged "$DEPLOY_DIR/nginx/render.sh" "${common[@]}" --reload --force
}

certificates() { cat "$PREFIX"/certs/*/fullchain.pem | sha256sum; }

render_nginx() {
    [ "$NGINX" = yes ] || return 0
    if [ "$OWN_NGINX" = yes ]; then logged "$RELEASE/deploy/nginx/render.sh" "${common[@]}" --standalone --reload; else logged "$RELEASE/deploy/nginx/render.sh" "${common[@]}" --install; fi
    give_certificates
}

# install_timers FOLDER UNITS...: systemd's timers for these, running the scripts of that folder.
install_timers() {
    local folder="$1" unit options=""
    shift
    if ! has_systemd; then
        say "no systemd here: docs/quick-deploy.md says what to put into cron"
        return
    fi
    if has_binlog; then options=" --pitr" && set -- binlogs "$@"; fi
    for unit in "$@"; do
        render "$DEPLOY_DIR/systemd/mypay-$unit.service.template" PREFIX="$PREFIX" DEPLOY="$folder" MODE="$MODE" PITR="$options" \
            >"/etc/systemd/system/mypay-$unit.service"
        cp "$DEPLOY_DIR/systemd/mypay-$unit.timer" /etc/systemd/system/
    done
    logged systemctl daemon-reload
    local timers=("${@/#/mypay-}")
    logged systemctl enable --now "${timers[@]/%/.timer}"
}

verify() {
    local options=(--brief)
    [ "$NGINX" = yes ] || options+=(--no-public)
    logged "$DEPLOY_DIR/health-check.sh" "${common[@]}" "${options[@]}"
}

remove_old_releases() {
    local folder kept=0
    find "$PREFIX/releases" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | cut -d' ' -f2 | while IFS= read -r folder; do
        kept=$((kept + 1))
        [ "$kept" -gt "$KEEP" ] || continue
        [ "$folder" != "$(release_now)" ] && [ "$folder" != "$(release_before)" ] || continue
        rm -rf "$folder" "$PREFIX/config/$(basename "$folder").env"
        say "removed release $(basename "$folder")"
    done
}

deploy_native() {
    local before next
    step "build $RELEASE_ID" && build_native
    step "dump" && wait_database && dump_first
    write_manifest
    step "migrate" && migrate_and_seed
    before="$(release_now)" next="$(other_slot "$(slot_now)")"
    fill_slot "$next" "$RELEASE" "$SAVED_ENV"
    read_settings "$SAVED_ENV"
    step "hand over" && { hand_over "$next" || die "the new release does not come up${before:+; the one before still serves}. See $PREFIX/logs/*.log"; }
    step "nginx" && render_nginx
    step "verify"
    if ! verify; then
        if [ "$ROLLBACK" = no ] || [ -z "$before" ]; then die "in service, but not healthy"; fi
        say "not healthy: going back to $(basename "$before")"
        "$DEPLOY_DIR/rollback.sh" "${common[@]}" --app "$(basename "$before")" --yes --unlocked >>"$LOG_FILE" 2>&1 || die "and going back failed too"
        die "not healthy; $(basename "$before") serves again"
    fi
    install_timers "$PREFIX/current/deploy" backup health nightly
    remove_old_releases
}

# docker_migrate: by the service that has the administrator's password; the dump comes first.
docker_migrate() {
    if [ "$SEED" = yes ]; then logged compose run --rm --no-deps -T migrate; else logged compose run --rm --no-deps -T migrate python manage.py migrate_locked; fi
}

deploy_docker() {
    export VERSION="$RELEASE_ID"
    mkdir -p "$RELEASE"
    install -m 600 "$ENV_FILE" "$SAVED_ENV"
    step "build" && logged compose build
    DUMP=""
    if compose ps --status running --services 2>/dev/null | grep -qx "${MYPAY_DB_SERVICE:-mysql}"; then step "dump" && with_database && dump_first; fi
    printf 'release=%s\nprevious=%s\ndump=%s\nmade=%s\n' "$RELEASE_ID" "$(basename "$(release_now)")" "$DUMP" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$RELEASE/.release"
    step "database" && logged compose up --detach --wait "${MYPAY_DB_SERVICE:-mysql}"
    step "migrate" && docker_migrate
    step "up" && logged compose up --detach --wait --remove-orphans
    switch_current "$RELEASE"
    step "verify" && { verify || die "not healthy: deploy/rollback.sh --app goes back"; }
    # A release has no scripts of its own here: the timers run those of this checkout.
    install_timers "$DEPLOY_DIR" backup health nightly
    [ "$REMOVE_IMAGES" = no ] || logged docker image prune --all --force
    remove_old_releases
}

say "deploying $RELEASE_ID from $SOURCE_DIR to $PREFIX ($MODE)"
[ "$INSTALL" = no ] || { step "packages" && install_packages; }
[ "$CHECK" = no ] || { step "pre-deploy check" && { logged "$DEPLOY_DIR/pre-deploy-check.sh" "${common[@]}" || die "pre-deploy-check.sh found failures (above; --no-check goes on regardless)"; }; }
if [ "$MODE" = native ]; then
    prepare_user
    step "database" && ensure_database
    ensure_redis
    deploy_native
else
    deploy_docker
fi
say "$RELEASE_ID is in service"
[ "$AS_JSON" = no ] || printf '{"ok":true,"release":"%s","dump":"%s","log":"%s"}\n' "$RELEASE_ID" "$(json_text "$DUMP")" "$(json_text "$LOG_FILE")" >&3
