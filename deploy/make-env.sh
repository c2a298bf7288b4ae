#!/usr/bin/env bash
# Write .env.production for a new installation, with fresh secrets.
# shellcheck source=deploy/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

usage() {
    cat <<TEXT
usage: make-env.sh --domain DOMAIN [options]
Writes PREFIX/.env.production (mode 600) from deploy/env/production.env.template with fresh secrets. Refuses to write over one.
  --domain DOMAIN  the hosts become sandbox.DOMAIN, devportal.DOMAIN, devadmin.DOMAIN, mock.DOMAIN, checkout.DOMAIN
  --admin-from L   addresses and networks that may open the admin portal (default: where your SSH session comes from)
  --redis-url URL  default redis://127.0.0.1:6379/0; empty: no Redis, the sweep does the work
$COMMON_OPTIONS
exit codes: 0 written, 1 not, 2 wrong options
TEXT
}

DOMAIN="" ADMIN_NETWORKS="127.0.0.1,::1${SSH_CLIENT:+,${SSH_CLIENT%% *}}" REDIS_URL=redis://127.0.0.1:6379/0
while [ $# -gt 0 ]; do
    case "$1" in
        --domain) DOMAIN="$(needs_value "$@")"; shift 2 ;;
        --admin-from) ADMIN_NETWORKS="$(needs_value "$@")"; shift 2 ;;
        --redis-url) [ $# -ge 2 ] || wrong_usage "--redis-url needs a value"; REDIS_URL="$2"; shift 2 ;;
        *)
            common_option "$@"
            [ "$OPTION_WIDTH" -gt 0 ] || wrong_usage "unknown option $1"
            shift "$OPTION_WIDTH"
            ;;
    esac
done
[[ "$DOMAIN" =~ ^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*$ ]] || wrong_usage "--domain must be a domain, not '$DOMAIN'"
after_options
[ ! -e "$ENV_FILE" ] || die "$ENV_FILE is there already; it is not written over"

secret() { head -c 48 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }

secrets=""
while IFS= read -r name; do
    if [ "$name" = ENCRYPTION_KEYS ]; then value="1:$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n')"; else value="$(secret)"; fi
    secrets+="$name=$value"$'\n'
done < <(sed -n 's/^[A-Za-z_]* *= *secret($/&/p; s/.*= secret("\([A-Z_]*\)".*/\1/p; s/^    "\([A-Z_]*\)", "Versioned field keys.*/\1/p' "$SOURCE_DIR/mypay/settings/environment.py" | grep -E '^[A-Z_]+$')
[ "$(grep -c . <<<"$secrets")" -ge 5 ] || die "the list of secrets could not be read from mypay/settings/environment.py"
text="$(render "$DEPLOY_DIR/env/production.env.template" DOMAIN="$DOMAIN" ADMIN_NETWORKS="$ADMIN_NETWORKS" REDIS_URL="$REDIS_URL" SECRETS="${secrets%$'\n'}")"
while [[ "$text" == *@RANDOM@* ]]; do text="${text/@RANDOM@/$(secret | tr -d '_-' | cut -c1-40)}"; done
mkdir -p "$(dirname "$ENV_FILE")"
(umask 077 && printf '%s\n' "$text" >"$ENV_FILE")
say "wrote $ENV_FILE; keep a copy of it elsewhere: without ENCRYPTION_KEYS no backup is of use"
[ "$AS_JSON" = no ] || printf '{"ok":true,"file":"%s"}\n' "$(json_text "$ENV_FILE")" >&3
