#!/usr/bin/env bash
# Is the installation well: processes, answers, database, broker, work, nginx, certificates, disk, errors, backups.
# shellcheck source=deploy/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

usage() {
    cat <<TEXT
usage: health-check.sh [options]
Asks every part, waits at most 5 s for each answer, and reports every finding.
  --brief          leave out what says nothing about a deploy: disk, memory, errors in the logs, age of backups
  --no-public      do not ask the public addresses and nginx
  --minutes N      look for errors in the logs of the last N minutes (default 5)
$COMMON_OPTIONS
exit codes: 0 well (warnings do not count), 1 something failed, 2 wrong options
TEXT
}

BRIEF=no PUBLIC=yes MINUTES=5
while [ $# -gt 0 ]; do
    case "$1" in
        --brief) BRIEF=yes && shift ;;
        --no-public) PUBLIC=no && shift ;;
        --minutes) MINUTES="$(needs_value "$@")"; shift 2 ;;
        *)
            common_option "$@"
            [ "$OPTION_WIDTH" -gt 0 ] || wrong_usage "unknown option $1"
            shift "$OPTION_WIDTH"
            ;;
    esac
done
after_options
set +e # what fails is a finding, never the end of the script
[ "$MODE" = docker ] || ENV_FILE="$(env_now)"
read_settings

limited() { timeout 5 "$@"; }

check_processes() {
    local name slot state
    if [ "$MODE" = docker ]; then
        while read -r name; do
            state="$(compose ps --format '{{.State}} {{.Health}}' "$name" 2>/dev/null | head -n 1)"
            case "$state" in "running healthy" | "running ") finding ok "$name" "$state" ;; *) finding fail "$name" "${state:-absent}" ;; esac
        done < <(docker_services | grep -vx migrate)
        return
    fi
    slot="$(slot_now)"
    if [ -z "$slot" ]; then finding fail processes "nothing runs (rollback.sh --restart, or deploy-production.sh)"; return; fi
    while read -r name; do
        state="$(process_state "$name" "$slot")"
        if [ "$state" != running ]; then finding fail "$name" "$state"; elif ! is_ready "$name" "$slot"; then finding fail "$name" "runs, but is not ready"; else finding ok "$name" "release $(basename "$(release_now)"), slot $slot"; fi
    done < <(process_names)
}

# ask NAME URL WANTED [TEXT] [OPTIONS...]: one HTTP question.
ask() {
    local name="$1" url="$2" wanted="$3" text="$4" status body
    shift 4
    body="$(curl --silent --insecure --max-time 5 --write-out '\n%{http_code}' "$@" "$url" 2>/dev/null || true)"
    status="${body##*$'\n'}"
    if [[ " $wanted " != *" $status "* ]]; then
        finding fail "$name" "$url answers ${status:-nothing}"
    elif [ -n "$text" ] && [[ "$body" != *"$text"* ]]; then
        finding fail "$name" "$url answers $status without $text"
    else
        finding ok "$name" "$url answers $status"
    fi
}

check_answers() {
    local service node header path text
    header="Host: $(first_host)"
    [ "$MODE" = native ] || return 0
    while read -r service; do
        for ((node = 1; node <= $(nodes); node++)); do
            path=/health text=""
            case "$service" in payout-api) path=/api/v1/health text='"healthy"' ;; payment-api) text='"OK"' ;; *-portal) path=/ ;; esac
            ask "http-$service-$node" "http://127.0.0.1:$(service_port "$service" "$node")$path" "200 301 302" "$text" --header "$header"
        done
    done < <(services)
}

check_database() {
    local count said
    with_database
    if ! query "SELECT 1" >/dev/null 2>&1; then finding fail database "$DB_NAME on $DB_HOST:$DB_PORT does not answer"; return; fi
    finding ok database "$DB_NAME answers, $(limited_query "SELECT VERSION()")"
    count="$(limited_query "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()")"
    if [ "${count:-0}" -ge 20 ]; then finding ok schema "$count tables"; else finding fail schema "$count tables"; fi
    count="$(limited_query "SELECT COUNT(*) FROM merchants_merchant")"
    if [ -n "$count" ]; then finding ok merchants "$count merchants"; else finding fail merchants "the table of merchants cannot be read"; fi
    if [ "$MODE" = native ]; then
        said="$(manage "$(release_now)" "$ENV_FILE" doctor --json 2>/dev/null || true)"
    else
        said="$(docker_manage doctor --json 2>/dev/null || true)"
    fi
    case "$said" in
        *'"ok": true'*) finding ok configuration "doctor finds nothing (migrations, broker, crypto)" ;;
        *) finding fail configuration "doctor: ${said:-no answer}" ;;
    esac
    count="$(limited_query "SELECT COUNT(*) FROM payouts_payout WHERE wake_at < UTC_TIMESTAMP(6) - INTERVAL 60 SECOND")"
    if [ "${count:-1}" = 0 ]; then finding ok work "nothing waits longer than a minute"; else finding fail work "${count:-?} payouts are due for more than a minute: no worker does them"; fi
}

limited_query() { query "$1" 2>/dev/null || true; }

check_broker() {
    local url rest host port
    url="$(setting BROKER_URL "$(setting REDIS_URL)")"
    if [ -z "$url" ]; then finding ok broker "none wanted: the sweep does the work"; return; fi
    rest="${url#*://}" rest="${rest##*@}" rest="${rest%%/*}"
    host="${rest%%:*}" port="${rest##*:}"
    [ "$port" != "$host" ] || case "$url" in amqp*) port=5672 ;; *) port=6379 ;; esac
    if [ "$MODE" = docker ] || limited bash -c "exec 4<>/dev/tcp/$host/$port" 2>/dev/null; then finding ok broker "$host:$port accepts"; else
        finding fail broker "$host:$port does not accept; the sweep does the work until it does"
    fi
}

check_public() {
    [ "$PUBLIC" = yes ] || return 0
    local https host label path
    https="$(setting HTTPS_PORT 443)"
    if [ "$MODE" = docker ] || [ -n "$(ss -H -ltn "sport = :$https")" ]; then finding ok nginx "listens on $https"; else finding fail nginx "nobody listens on $https"; fi
    for label in "${HOST_LABELS[@]}"; do
        host="$(host_of "$label")" path=/health
        [ -n "$host" ] || continue
        [ "$label" = sandbox ] || [ "$label" = mock ] || [ "$label" = checkout ] || path=/
        if [ "$label" = devadmin ] && [ -n "$(setting ADMIN_ALLOWED_NETWORKS)" ]; then
            ask "public-$label" "https://$host:$https$path" "200 301 302 403 404" "" --resolve "$host:$https:127.0.0.1"
        else
            ask "public-$label" "https://$host:$https$path" "200 301 302 404" "" --resolve "$host:$https:127.0.0.1"
        fi
        check_certificate "$label" "$host" "$https"
    done
    local exposed
    exposed="$(ss -H -ltn | awk '{print $4}' | grep -E ":($(for name in "${SERVICE_NAMES[@]}"; do service_port "$name"; done | paste -sd'|'))\$" | grep -vE '^(127\.|\[::1\])' || true)"
    if [ -z "$exposed" ]; then finding ok service-ports "none is public"; else finding fail service-ports "public: $(tr '\n' ' ' <<<"$exposed")"; fi
}

check_certificate() {
    local ends
    ends="$(limited openssl s_client -connect "127.0.0.1:$3" -servername "$2" </dev/null 2>/dev/null | openssl x509 -noout -enddate 2>/dev/null | cut -d= -f2 || true)"
    if [ -z "$ends" ]; then finding fail "certificate-$1" "none"; elif [ "$(date -d "$ends" +%s)" -lt $(($(date +%s) + 14 * 86400)) ]; then finding warning "certificate-$1" "ends $ends"; else finding ok "certificate-$1" "ends $ends"; fi
}

check_machine() {
    [ "$BRIEF" = no ] || return 0
    local used free errors newest
    used="$(df --output=pcent "$PREFIX" | tail -n 1 | tr -dc 0-9)"
    if [ "$used" -ge 90 ]; then finding fail disk "$used % used"; elif [ "$used" -ge 80 ]; then finding warning disk "$used % used"; else finding ok disk "$used % used"; fi
    free="$(awk '/^MemAvailable/ {print int($2 / 1024)}' /proc/meminfo)"
    if [ "$free" -lt 150 ]; then finding warning memory "$free MB available"; else finding ok memory "$free MB available, load $(cut -d' ' -f1-3 /proc/loadavg)"; fi
    errors="$(recent_errors)"
    if [ "$errors" = 0 ]; then finding ok errors "none in $MINUTES minutes"; else finding warning errors "$errors in $MINUTES minutes: $PREFIX/logs"; fi
    newest="$(find "$PREFIX/backups" -name 'mysql-backup-*.sql.gz' -mmin -1560 2>/dev/null | sort | tail -n 1 || true)"
    if [ -n "$newest" ]; then finding ok backup "$(basename "$newest")"; else finding warning backup "no dump in the last 26 hours"; fi
}

# recent_errors: JSON lines of level error or critical, by their own time.
recent_errors() {
    if [ "$MODE" = docker ]; then compose logs --since "${MINUTES}m" --no-log-prefix 2>/dev/null | grep -cE '"level": ?"(error|critical)"' || true; return; fi
    local since
    since="$(date -u -d "-$MINUTES minutes" +%Y-%m-%dT%H:%M:%S)"
    find "$PREFIX/logs" -maxdepth 1 -name '*.log' -mmin "-$MINUTES" -exec cat {} + 2>/dev/null | { grep -E '"level": ?"(error|critical)"' || true; } |
        sed -n 's/.*"timestamp": \{0,1\}"\([^"]*\)".*/\1/p' | awk -v since="$since" '$0 > since' | wc -l
}

check_processes
check_answers
check_database
check_broker
check_public
check_machine
report_findings "health check"
