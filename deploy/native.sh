# shellcheck shell=bash
# Native mode: release folders, slots, processes under systemd or deploy/runner.py. Sourced by lib.sh.
#
# A release is PREFIX/releases/ID; `current` and `previous` link to two of them. Its processes run from a slot, a or b:
# PREFIX/slots/a/{release,env}. The next release takes the other slot; both listen on the same sockets until the newer
# is ready, so a hand-over refuses no connection.

has_systemd() { [ "${MYPAY_SUPERVISOR:-}" != runner ] && [ -d /run/systemd/system ]; }

slot_now() { cat "$PREFIX/run/slot" 2>/dev/null || true; }
other_slot() { if [ "$1" = a ]; then echo b; else echo a; fi; }
release_now() { readlink -e "$PREFIX/current" 2>/dev/null || true; }
release_before() { readlink -e "$PREFIX/previous" 2>/dev/null || true; }
env_now() { readlink -e "$PREFIX/slots/$(slot_now)/env" 2>/dev/null || echo "$ENV_FILE"; }

# link TARGET NAME: in one step, so that nobody sees it missing.
link() { ln -sfn "$1" "$2.new" && mv -Tf "$2.new" "$2"; }

# process_names: every process the configuration asks for.
process_names() {
    local service node count
    while read -r service; do
        for ((node = 1; node <= $(nodes); node++)); do echo "$service-$node"; done
    done < <(services)
    count="$(setting WORKERS 1)"
    if [ -n "$(setting BROKER_URL "$(setting REDIS_URL)")" ]; then
        for ((node = 1; node <= count; node++)); do echo "worker-$node"; done
        echo beat
    else
        for ((node = 2; node <= count; node++)); do echo "sweep-$node"; done
    fi
    echo sweep-1
}

is_web() { [[ "$1" != worker-* && "$1" != beat && "$1" != sweep-* ]]; }

# --- the processes ----------------------------------------------------------------------------------------

runner_pid() {
    local pid
    pid="$(cat "$PREFIX/run/runner.pid" 2>/dev/null || true)"
    if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then echo "$pid"; fi
}

# want LINES: make these "NAME SLOT" lines, and no others, the running processes.
want() {
    printf '%s\n' "$1" | sed '/^$/d' >"$PREFIX/run/wanted.new"
    mv "$PREFIX/run/wanted.new" "$PREFIX/run/wanted"
    if has_systemd; then systemd_want; else runner_want; fi
}

runner_want() {
    local pid
    pid="$(runner_pid)"
    if [ -n "$pid" ]; then
        kill -HUP "$pid"
    elif [ -s "$PREFIX/run/wanted" ]; then
        mkdir -p "$PREFIX/bin"
        cp "$DEPLOY_DIR/runner.py" "$PREFIX/bin/runner.py"
        setsid nohup "$(system_python)" "$PREFIX/bin/runner.py" run --prefix "$PREFIX" --user "$(run_user)" \
            </dev/null >>"$PREFIX/logs/runner.log" 2>&1 3>&- 9>&- &
    fi
}

systemd_want() {
    local name slot unit units=() sockets=() gone=()
    while read -r name slot; do
        render_units "$name"
        units+=("mypay-$name@$slot.service")
        ! is_web "$name" || sockets+=("mypay-$name.socket")
    done <"$PREFIX/run/wanted"
    cp "$DEPLOY_DIR/systemd/mypay-hold@.service" /etc/systemd/system/
    systemctl daemon-reload
    for unit in "${sockets[@]}"; do open_socket "$unit"; done
    # Enabled and disabled together: each call reads all units anew.
    [ "${#units[@]}" = 0 ] || systemctl enable --quiet "${units[@]}" ${sockets[@]+"${sockets[@]}"}
    [ "${#units[@]}" = 0 ] || systemctl start --no-block "${units[@]}"
    while read -r unit; do
        [[ " ${units[*]} ${sockets[*]} " = *" $unit "* ]] || gone+=("$unit")
    done < <(systemctl list-units --plain --no-legend --all 'mypay-*@[ab].service' 'mypay-*.socket' | awk '{print $1}')
    [ "${#gone[@]}" = 0 ] || { systemctl disable --quiet "${gone[@]}"; systemctl stop --no-block "${gone[@]}"; }
}

# open_socket SOCKET: listening from now on; the service that it names must not run when it begins.
open_socket() {
    local unit
    ! systemctl is-active --quiet "$1" || return 0
    unit="${1#mypay-}"
    systemctl stop "mypay-hold@${unit%.socket}.service"
    systemctl start "$1"
}

# render_units NAME: the systemd units of one process, from deploy/systemd.
render_units() {
    local kind=process folder="${SYSTEMD_DIR:-/etc/systemd/system}" port=0
    if is_web "$1"; then
        kind=web port="$(service_port "${1%-*}" "${1##*-}")"
        render "$DEPLOY_DIR/systemd/web.socket.template" NAME="$1" PORT="$port" >"$folder/mypay-$1.socket"
    fi
    render "$DEPLOY_DIR/systemd/$kind.service.template" NAME="$1" PREFIX="$PREFIX" USER="$(run_user)" PYTHON="$(system_python)" \
        MEMORY="$(setting PROCESS_MEMORY_MAX 1G)" >"$folder/mypay-$1@.service"
}

# render TEMPLATE NAME=VALUE...: the template with each @NAME@ replaced.
render() {
    local text pair
    text="$(<"$1")"
    shift
    for pair in "$@"; do text="${text//@${pair%%=*}@/${pair#*=}}"; done
    printf '%s\n' "$text"
}

# process_state NAME SLOT: running, waiting, ending or absent.
process_state() {
    if has_systemd; then
        case "$(systemctl is-active "mypay-$1@$2.service" 2>/dev/null || true)" in
            active) echo running ;; activating) echo waiting ;; deactivating) echo ending ;; *) echo absent ;;
        esac
    elif [ -z "$(runner_pid)" ]; then
        echo absent
    else
        sed -n "s/.*\"$1@$2\": {\"pid\": [0-9]*, \"state\": \"\([a-z]*\)\".*/\1/p" "$PREFIX/run/status.json" 2>/dev/null | grep . || echo absent
    fi
}

# probe NAME SLOT PATH: the HTTP status of one web process, asked on its own socket.
probe() {
    curl --silent --output /dev/null --max-time 5 --unix-socket "$PREFIX/run/$1@$2.sock" \
        --header "Host: $(first_host)" --write-out '%{http_code}' "http://localhost$3" 2>/dev/null || true
}

first_host() { setting ALLOWED_HOSTS "$(host_of sandbox)" | cut -d, -f1 | sed 's/^\./x./; s/^\*$/localhost/'; }

# is_ready NAME SLOT: whether the process takes work.
is_ready() {
    if is_web "$1"; then
        local status
        status="$(probe "$1" "$2" /ready)"
        [ "$status" != 404 ] || status="$(probe "$1" "$2" /health)"
        [ "$status" = 200 ]
    else
        [ "$(process_state "$1" "$2")" = running ]
    fi
}

# wait_ready SLOT SECONDS NAMES...: until all are ready; says which are not.
wait_ready() {
    local slot="$1" deadline=$((SECONDS + $2)) name missing
    shift 2
    while :; do
        missing=""
        for name in "$@"; do is_ready "$name" "$slot" || missing+=" $name"; done
        [ -n "$missing" ] || return 0
        [ "$SECONDS" -lt "$deadline" ] || { say "not ready:$missing"; return 1; }
        sleep 0.5
    done
}

# hand_over SLOT: from the slot that runs now (if any) to this one; on failure all stays as it was.
hand_over() {
    local slot="$1" old old_lines="" new_lines names
    old="$(slot_now)"
    [ "$old" != "$slot" ] || die "slot $slot is the one that runs"
    mapfile -t names < <(process_names)
    new_lines="$(printf "%s $slot\n" "${names[@]}")"
    [ -z "$old" ] || old_lines="$(grep " $old\$" "$PREFIX/run/wanted" 2>/dev/null || true)"
    # Two beats would only ask twice for the same work; still, there is one of it.
    want "$(grep -v '^beat ' <<<"$old_lines" || true)"$'\n'"$new_lines"
    if ! wait_ready "$slot" "$(setting READY_SECONDS 90)" "${names[@]}" || ! stays "$slot" "${names[@]}"; then
        want "$old_lines"
        wait_gone "$slot" 90
        return 1
    fi
    printf '%s\n' "$slot" >"$PREFIX/run/slot.new" && mv "$PREFIX/run/slot.new" "$PREFIX/run/slot"
    switch_current "$(readlink -f "$PREFIX/slots/$slot/release")"
    want "$new_lines"
    [ -z "$old" ] || wait_gone "$old" 90
}

# stays SLOT NAMES...: a worker that dies at its start is found here.
stays() {
    local slot="$1" name
    shift
    sleep "$(setting STAY_SECONDS 3)"
    for name in "$@"; do
        if ! is_web "$name" && [ "$(process_state "$name" "$slot")" != running ]; then say "$name does not stay up"; return 1; fi
    done
}

switch_current() {
    local before
    before="$(release_now)"
    [ "$before" = "$1" ] || { [ -z "$before" ] || link "$before" "$PREFIX/previous"; link "$1" "$PREFIX/current"; }
}

wait_gone() {
    local slot="$1" deadline=$((SECONDS + $2)) left
    while :; do
        if has_systemd; then
            left="$(systemctl list-units --plain --no-legend --state=active,deactivating "mypay-*@$slot.service" | wc -l)"
        else
            left="$(find "$PREFIX/run" -name "*@$slot.pid" 2>/dev/null | wc -l)"
        fi
        [ "$left" != 0 ] || return 0
        [ "$SECONDS" -lt "$deadline" ] || { say "$left processes of slot $slot do not end"; return 1; }
        sleep 0.3
    done
}

# fill_slot SLOT RELEASE ENVIRONMENT
fill_slot() {
    mkdir -p "$PREFIX/slots/$1"
    link "$2" "$PREFIX/slots/$1/release"
    link "$3" "$PREFIX/slots/$1/env"
}

native_stop() {
    local slot
    slot="$(slot_now)"
    want ""
    [ -z "$slot" ] || wait_gone "$slot" 90
    if has_systemd; then
        systemctl stop 'mypay-hold@*.service'
    elif [ -n "$(runner_pid)" ]; then
        local pid
        pid="$(runner_pid)"
        kill -TERM "$pid"
        for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    fi
    [ -z "$slot" ] || printf '%s\n' "$slot" >"$PREFIX/run/stopped-slot"
    rm -f "$PREFIX/run/slot"
}

# native_start: what ran when it was stopped.
native_start() {
    local slot names
    slot="$(cat "$PREFIX/run/stopped-slot" 2>/dev/null || true)"
    [ -n "$slot" ] || die "nothing was stopped here"
    read_settings "$(readlink -f "$PREFIX/slots/$slot/env")"
    mapfile -t names < <(process_names)
    want "$(printf "%s $slot\n" "${names[@]}")"
    wait_ready "$slot" "$(setting READY_SECONDS 90)" "${names[@]}" || return 1
    printf '%s\n' "$slot" >"$PREFIX/run/slot"
    rm -f "$PREFIX/run/stopped-slot"
}

# --- building a release -----------------------------------------------------------------------------------

# find_python: the first that is new enough; 1 and nothing where there is none.
find_python() {
    local candidate
    for candidate in "${MYPAY_PYTHON:-}" python3.13 python3.12 python3.11 python3; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then command -v "$candidate"; return; fi
    done
    return 1
}

system_python() { find_python || die "no Python 3.11 or newer on this machine: apt-get install python3"; }

# copy_source SOURCE RELEASE: what git knows (and what is new), or everything but scratch.
copy_source() {
    mkdir -p "$2"
    if git -C "$1" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        (cd "$1" && git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
            tar --create --null --files-from=- --file=-) | tar --extract --no-same-owner --directory="$2"
    else
        tar --create --directory="$1" --exclude=./.git --exclude=./.venv --exclude=./var --exclude=__pycache__ --exclude='./.env*' --file=- . |
            tar --extract --no-same-owner --directory="$2"
    fi
}

# make_venv RELEASE [VENV]: shared by releases with the same requirements; made at most once for each.
make_venv() {
    local release="$1" given="${2:-}" hash venv python
    if [ -n "$given" ]; then link "$given" "$release/.venv"; return; fi
    python="$(system_python)"
    hash="$(cat "$release/requirements/server.txt" <("$python" -V) | sha256sum | cut -c1-16)"
    venv="$PREFIX/venvs/$hash"
    if [ ! -e "$venv/.complete" ]; then
        rm -rf "$venv"
        logged "$python" -m venv "$venv"
        logged "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$release/requirements/server.txt"
        touch "$venv/.complete"
    fi
    link "$venv" "$release/.venv"
}
