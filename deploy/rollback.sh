#!/usr/bin/env bash
# Go back: restart, the release before, its configuration, its database; or stop everything.
# shellcheck source=deploy/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

usage() {
    cat <<TEXT
usage: rollback.sh [options]       without one of the first eight: a menu. Log: PREFIX/logs/rollback-*.log
  --restart        start the running release anew, with PREFIX/.env.production as it is now; refuses no request
  --app [ID]       back to release ID (default the one before), under the present configuration; refuses no request
  --config [ID]    PREFIX/.env.production as it was for release ID (default the one before), then --restart
  --reverse        undo the running release's migrations with its own code, then --app
  --database FILE  restore FILE, or "deploy" (the dump made when the running release was deployed) or "latest"
  --full           stop; restore the dump made at the deployment; configuration and release before; start
  --list           releases and dumps
  --emergency      stop everything
  --yes            do not ask (restoring and stopping ask for a typed yes)
$COMMON_OPTIONS
exit codes: 0 done and ready, 1 not, 2 wrong options
TEXT
}

ACTION="" TARGET_ID="" UNLOCKED=no
choose() { [ -z "$ACTION" ] || wrong_usage "one action at a time"; ACTION="$1"; }
while [ $# -gt 0 ]; do
    case "$1" in
        --restart | --reverse | --full | --list | --emergency) choose "${1#--}" && shift ;;
        --app | --config)
            choose "${1#--}"
            shift
            if [ $# -gt 0 ] && [[ "$1" != -* ]]; then TARGET_ID="$1" && shift; fi
            ;;
        --database) choose database; TARGET_ID="$(needs_value "$@")"; shift 2 ;;
        --yes) ASSUME_YES=yes && shift ;;
        --unlocked) UNLOCKED=yes && shift ;; # deploy-production.sh holds the lock already
        *)
            common_option "$@"
            [ "$OPTION_WIDTH" -gt 0 ] || wrong_usage "unknown option $1"
            shift "$OPTION_WIDTH"
            ;;
    esac
done
after_options
[ "$(id -u)" = 0 ] || die "run it as root (sudo)"
read_settings
common=(--prefix "$PREFIX" --mode "$MODE" --env "$ENV_FILE")

of_release() { sed -n "s/^$2=//p" "$PREFIX/releases/$1/.release" 2>/dev/null || true; }
current_id() { basename "$(release_now)"; }

# target_id: the release asked for, or the one before.
target_id() {
    local id="${TARGET_ID:-$(basename "$(release_before)")}"
    [ -n "$id" ] && [ -d "$PREFIX/releases/$id" ] || die "there is no release ${id:-before this one}; --list shows what there is"
    echo "$id"
}

list_all() {
    local folder
    say "releases:"
    find "$PREFIX/releases" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %f\n' 2>/dev/null | sort -rn | cut -d' ' -f2 | while IFS= read -r folder; do
        say "  $folder$([ "$folder" != "$(current_id)" ] || echo '  (current)')  dump: $(of_release "$folder" dump)"
    done
    say "dumps:"
    "$DEPLOY_DIR/backup.sh" "${common[@]}" --list
}

# serve RELEASE ENVIRONMENT: by the other slot, while the present one still answers.
serve() {
    local next
    if [ "$MODE" = docker ]; then
        VERSION="$(basename "$1")" compose up --detach --wait --no-build
        switch_current "$1"
        return
    fi
    next="$(other_slot "$(slot_now)")"
    fill_slot "$next" "$1" "$2"
    read_settings "$2"
    if [ -z "$(slot_now)" ]; then rm -f "$PREFIX/run/stopped-slot"; fi
    hand_over "$next" || die "release $(basename "$1") does not come up; what served before still does"
}

save_env() {
    local file
    file="$PREFIX/config/$(current_id).$(date -u +%Y%m%d-%H%M%S).env"
    install -m 600 "$ENV_FILE" "$file"
    [ "$(run_user)" = root ] || chown "$(run_user)" "$file"
    echo "$file"
}

restart() {
    local file
    file="$(save_env)"
    say "starting $(current_id) anew with $ENV_FILE"
    serve "$(release_now)" "$file"
}

roll_application() {
    local id
    id="$(target_id)"
    say "from $(current_id) to $id"
    serve "$PREFIX/releases/$id" "$(env_now)"
}

put_configuration_back() {
    local id="$1"
    [ -r "$PREFIX/config/$id.env" ] || die "the configuration of $id was not kept"
    install -m 600 "$ENV_FILE" "$PREFIX/config/replaced-$(date -u +%Y%m%d-%H%M%S).env"
    install -m 600 "$PREFIX/config/$id.env" "$ENV_FILE"
    read_settings
    say "$ENV_FILE is as it was for $id"
}

# reverse_migrations: each app back to where it stood before the running release came.
reverse_migrations() {
    local release app name was
    release="$(release_now)"
    [ -r "$release/.migrations-before" ] || die "$(current_id) has no note of the migrations before it"
    while read -r app name; do
        was="$(awk -v app="$app" '$1 == app {print $2}' "$release/.migrations-before")"
        [ "$was" != "$name" ] || continue
        say "migrating $app back to ${was:-zero}"
        logged manage "$release" "$(env_now)" migrate --noinput "$app" "${was:-zero}" </dev/null ||
            die "$app cannot be migrated back; restore the dump instead: rollback.sh --full"
    done < <(manage "$release" "$(env_now)" showmigrations --plan 2>/dev/null </dev/null | sed -n 's/^\[X\]  \([a-z_0-9]*\)\.\([^ ]*\).*/\1 \2/p' |
        awk '{last[$1] = $2; at[$1] = NR} END {for (app in last) print at[app], app, last[app]}' | sort -rn | cut -d' ' -f2-)
}

dump_named() {
    case "$1" in
        deploy) of_release "$(current_id)" dump ;;
        latest) find "$PREFIX/backups" -name 'mysql-backup-*.sql.gz' -printf '%f\t%p\n' | sort -r | head -n 1 | cut -f2 ;;
        *) if [ -e "$1" ]; then readlink -f "$1"; else echo "$PREFIX/backups/$1"; fi ;;
    esac
}

restore_database() {
    local dump
    dump="$(dump_named "$1")"
    [ -n "$dump" ] && [ -s "$dump" ] || die "there is no dump $1; --list shows what there is"
    confirm "This puts the database back to $(basename "$dump"); what came later is lost."
    "$DEPLOY_DIR/restore.sh" "${common[@]}" --yes "$dump" || die "the dump was not restored"
}

roll_all() {
    local id dump
    id="$(target_id)" dump="$(dump_named deploy)"
    [ -n "$dump" ] && [ -s "$dump" ] || die "$(current_id) was deployed without a dump; use --database FILE and --app"
    confirm "This stops everything and goes back to release $id with its configuration and the database of $(basename "$dump"); what came later is lost."
    stop_all
    MYPAY_STOPPED=yes "$DEPLOY_DIR/restore.sh" "${common[@]}" --yes "$dump" || die "the dump was not restored; everything is stopped"
    put_configuration_back "$id"
    serve "$PREFIX/releases/$id" "$PREFIX/config/$id.env"
}

menu() {
    local answer=""
    printf '1) restart\n2) restore a dump\n3) full rollback\n4) list\n5) cancel\nChoose: ' >&2
    read -r answer || true
    case "$answer" in
        1) ACTION=restart ;;
        2)
            list_all
            printf 'Which dump: ' >&2
            read -r TARGET_ID || true
            ACTION=database
            ;;
        3) ACTION=full ;;
        4) ACTION=list ;;
        *) ACTION=cancel ;;
    esac
}

[ -n "$ACTION" ] || menu
case "$ACTION" in
    list) list_all && exit 0 ;;
    cancel) say "nothing was changed" && exit 0 ;;
esac
start_log rollback
[ "$UNLOCKED" = yes ] || locked deploy
started=$SECONDS
case "$ACTION" in
    restart) restart ;;
    app) roll_application ;;
    config)
        put_configuration_back "$(target_id)"
        restart
        ;;
    reverse)
        reverse_migrations
        roll_application
        ;;
    database) restore_database "$TARGET_ID" ;;
    full) roll_all ;;
    emergency)
        confirm "This stops MyPay: every request will be refused."
        stop_all
        ;;
esac
say "$ACTION: done in $((SECONDS - started)) s"
[ "$AS_JSON" = no ] || printf '{"ok":true,"action":"%s","release":"%s","seconds":%s}\n' "$ACTION" "$(current_id)" "$((SECONDS - started))" >&3
