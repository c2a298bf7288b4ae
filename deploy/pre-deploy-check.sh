#!/usr/bin/env bash
# Look at a machine before a deploy: everything that is wrong with it at once.
# shellcheck source=deploy/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

usage() {
    cat <<TEXT
usage: pre-deploy-check.sh [options]
Checks the machine and the configuration and reports every finding; changes nothing.
  --min-ram-mb N   default 1900 (a machine of 2 GB)
  --min-disk-gb N  default 15
  --offline        leave out what needs the internet (names, reachability)
$COMMON_OPTIONS
exit codes: 0 no failure (warnings do not count), 1 at least one failure, 2 wrong options
TEXT
}

MIN_RAM_MB=1900 MIN_DISK_GB=15 OFFLINE=no
while [ $# -gt 0 ]; do
    case "$1" in
        --min-ram-mb) MIN_RAM_MB="$(needs_value "$@")"; shift 2 ;;
        --min-disk-gb) MIN_DISK_GB="$(needs_value "$@")"; shift 2 ;;
        --offline) OFFLINE=yes && shift ;;
        *)
            common_option "$@"
            [ "$OPTION_WIDTH" -gt 0 ] || wrong_usage "unknown option $1"
            shift "$OPTION_WIDTH"
            ;;
    esac
done
after_options
set +e # what fails is a finding, never the end of the script
read_settings

has() { command -v "$1" >/dev/null 2>&1; }

check_root() { if [ "$(id -u)" = 0 ]; then finding ok root "running as root"; else finding fail root "run it as root (sudo)"; fi; }

check_system() {
    local name="an unknown system"
    [ ! -r /etc/os-release ] || name="$(sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' /etc/os-release)"
    case "$name" in Debian* | Ubuntu*) finding ok system "$name" ;; *) finding warning system "$name; tried on Debian 12 and Ubuntu 24.04" ;; esac
}

check_memory() {
    local total
    total=$(($(awk '/^MemTotal/ {print $2}' /proc/meminfo) / 1024))
    if [ "$total" -ge "$MIN_RAM_MB" ]; then finding ok memory "$total MB"; else finding warning memory "$total MB, below $MIN_RAM_MB MB: fewer WEB_WORKERS, or swap"; fi
}

check_disk() {
    local free
    free="$(df --output=avail -BG "$(nearest "$PREFIX")" | tail -n 1 | tr -dc 0-9)"
    if [ "$free" -ge "$MIN_DISK_GB" ]; then finding ok disk "$free GB free for $PREFIX"; else finding fail disk "$free GB free for $PREFIX, below $MIN_DISK_GB GB"; fi
}

nearest() { local folder="$1"; while [ ! -d "$folder" ]; do folder="$(dirname "$folder")"; done; echo "$folder"; }

check_docker() {
    local free
    if [ "$MODE" = native ]; then
        if find_python >/dev/null; then finding ok python "$("$(find_python)" -V)"; elif has python3; then finding fail python "$(python3 -V) is too old: MyPay needs 3.11 or newer"; else finding warning python "missing; the deploy installs it"; fi
        if first_of mariadb-dump mysqldump >/dev/null; then finding ok database-client "$(first_of mariadb-dump mysqldump)"; else finding warning database-client "missing; the deploy installs it"; fi
        finding ok containers "native mode: none needed"
        return
    fi
    if ! has docker; then finding fail docker "docker is missing (docs/quick-deploy.md)"; elif docker info >/dev/null 2>&1; then
        finding ok docker "the daemon answers"
        free="$(df --output=avail -BG "$(docker info --format '{{.DockerRootDir}}')" | tail -n 1 | tr -dc 0-9)"
        if [ "$free" -ge 10 ]; then finding ok docker-storage "$free GB"; else finding warning docker-storage "$free GB, below 10 GB: docker system prune"; fi
        if [ -z "$(docker ps -aq --filter name=mypay --filter status=exited)" ]; then finding ok old-containers none; else finding warning old-containers "stopped containers named mypay: docker container prune"; fi
    else
        finding fail docker "docker's daemon does not answer"
    fi
    if docker compose version >/dev/null 2>&1; then finding ok compose "$(docker compose version --short)"; else finding fail compose "the plugin docker compose is missing"; fi
}

check_files() {
    local file missing=""
    for file in manage.py requirements/server.txt mypay/wsgi.py deploy/gunicorn.conf.py deploy/nginx/mypay.conf.template; do
        [ -e "$SOURCE_DIR/$file" ] || missing+=" $file"
    done
    if [ -z "$missing" ]; then finding ok project-files "$SOURCE_DIR"; else finding fail project-files "missing:$missing"; fi
}

check_configuration() {
    local name value mode
    if [ ! -r "$ENV_FILE" ]; then
        finding fail configuration "$ENV_FILE is missing: deploy/make-env.sh --domain YOUR.DOMAIN --prefix $PREFIX"
        return
    fi
    mode="$(stat -c %a "$ENV_FILE")"
    if [ "$mode" = 600 ] || [ "$mode" = 400 ]; then finding ok env-mode "$mode"; else finding fail env-mode "$ENV_FILE has mode $mode: chmod 600 $ENV_FILE"; fi
    db_parts
    if [ "$DB_KIND" != mysql ]; then finding fail database "DATABASE_URL or DB_HOST must name a MySQL or MariaDB database"; fi
    for name in DB_NAME DB_PASSWORD; do if [ -n "${!name}" ]; then finding ok "$name" "set"; else finding fail "$name" "$name is missing in $ENV_FILE"; fi; done
    for name in JWT_SECRET WEBHOOK_SECRET SECRET_KEY ENCRYPTION_KEYS IPN_SECRET; do
        value="$(setting "$name")"
        if [ -z "$value" ]; then
            finding fail "$name" "$name is missing in $ENV_FILE"
        elif [ "${#value}" -lt 32 ]; then
            finding fail "$name" "$name is too short: at least 32 characters"
        elif [[ "${value,,}" =~ ^(change|secret|password|default|example|your-|mypay) ]]; then
            finding fail "$name" "$name is a default: production refuses to start with it"
        else
            finding ok "$name" "set"
        fi
    done
    if [ "$(setting MYPAY_ENV "$(setting APP_ENV "$(setting NODE_ENV)")")" = production ]; then finding ok MYPAY_ENV production; else finding warning MYPAY_ENV "not production"; fi
    if [ -n "$(setting ADMIN_ALLOWED_NETWORKS)" ]; then finding ok admin-networks "$(setting ADMIN_ALLOWED_NETWORKS)"; else
        finding warning admin-networks "ADMIN_ALLOWED_NETWORKS is empty: the admin portal is open to every address"
    fi
}

check_network() {
    local label host
    [ "$OFFLINE" = no ] || return 0
    if curl --silent --head --max-time 5 --output /dev/null https://pypi.org; then finding ok internet "pypi.org answers"; else finding warning internet "pypi.org does not answer"; fi
    for label in "${HOST_LABELS[@]}"; do
        host="$(host_of "$label")"
        if [ -z "$host" ]; then
            finding fail "dns-$label" "${label^^}_DOMAIN is missing in $ENV_FILE"
        elif getent ahosts "$host" >/dev/null; then
            finding ok "dns-$label" "$host is $(getent ahosts "$host" | awk 'NR == 1 {print $1}')"
        else
            finding warning "dns-$label" "$host has no address yet"
        fi
    done
}

# A port may be taken by what we run already; by another program it is a warning.
check_ports() {
    local port wanted holder
    # shellcheck disable=SC2046
    wanted="3306 $(for name in "${SERVICE_NAMES[@]}"; do service_port "$name"; done | tr '\n' ' ') $(setting HTTP_PORT 80) $(setting HTTPS_PORT 443)"
    for port in $wanted; do
        holder="$(ss -H -ltnp "sport = :$port" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)".*/\1/p' | sort -u | tr '\n' ' ')"
        if [ -z "$(ss -H -ltn "sport = :$port" 2>/dev/null)" ]; then
            finding ok "port-$port" free
        elif [ -n "$(release_now)" ] || [[ "$port" = 3306 && "$holder" =~ (mariadbd|mysqld) ]]; then
            finding ok "port-$port" "in use by ${holder:-a running installation}"
        else
            finding warning "port-$port" "in use by ${holder:-another program}"
        fi
    done
}

check_nginx() {
    if ! has nginx; then finding warning nginx "missing; the deploy installs it"; elif nginx -t -q 2>/dev/null; then finding ok nginx "$(nginx -v 2>&1 | cut -d/ -f2), syntax well"; else
        finding warning nginx "nginx -t refuses the present configuration"
    fi
    if has certbot; then finding ok certbot "$(command -v certbot)"; else finding warning certbot "missing; --tls certbot installs it (native)"; fi
    local label host file
    for label in "${HOST_LABELS[@]}"; do
        host="$(host_of "$label")" file="$(setting CERT_DIR "$PREFIX/certs")/$(host_of "$label")/fullchain.pem"
        [ -n "$host" ] && [ -e "$file" ] || continue
        if openssl x509 -checkend $((14 * 86400)) -noout -in "$file" >/dev/null; then finding ok "certificate-$label" "$(openssl x509 -enddate -noout -in "$file")"; else
            finding warning "certificate-$label" "$host: ends within 14 days ($(openssl x509 -enddate -noout -in "$file"))"
        fi
    done
}

check_root
check_system
check_memory
check_disk
check_docker
check_files
check_configuration
check_network
check_ports
check_nginx
report_findings "pre-deploy check"
