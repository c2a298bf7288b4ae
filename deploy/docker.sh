# shellcheck shell=bash
# Docker mode: the same verbs over `docker compose`. Sourced by lib.sh.

compose() {
    docker compose --project-directory "$SOURCE_DIR" -f "${MYPAY_COMPOSE_FILE:-$DEPLOY_DIR/compose.prod.yml}" --env-file "$ENV_FILE" "$@"
}

docker_manage() { compose run --rm --no-deps -T "${MYPAY_MANAGE_SERVICE:-payout-api}" python manage.py "$@"; }

# docker_db_tool KIND ARGS...: the tool of the database's image; the password goes by the environment.
docker_db_tool() {
    local kind="$1" tool
    shift
    case "$kind" in dump) tool=mysqldump ;; *binlog) tool=mysqlbinlog ;; *) tool=mysql ;; esac
    [ "$kind" != target ] || [ -z "${TO_HOST:-}${TO_PORT:-}${TO_SOCKET:-}" ] || die "restore into another server: --mode native"
    MYSQL_PWD="$DB_PASSWORD" compose exec -T -e MYSQL_PWD "${MYPAY_DB_SERVICE:-mysql}" "$tool" -u"$DB_USER" "$@"
}

docker_services() { compose config --services; }

# Everything that touches data; the database, Redis and nginx stay up.
docker_app_services() { docker_services | grep -vxE 'mysql|mariadb|redis|nginx|migrate'; }
docker_stop() { docker_app_services | xargs -r docker compose --project-directory "$SOURCE_DIR" -f "${MYPAY_COMPOSE_FILE:-$DEPLOY_DIR/compose.prod.yml}" --env-file "$ENV_FILE" stop; }
docker_start() { compose up --detach --wait; }
