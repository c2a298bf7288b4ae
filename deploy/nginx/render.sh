#!/usr/bin/env bash
# Write nginx's configuration for this installation, make missing certificates (self-signed), test it, load it.
# shellcheck source=deploy/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

usage() {
    cat <<TEXT
usage: nginx/render.sh [options]
Writes the site to PREFIX/nginx/mypay.conf with its snippets. A host without certificate in PREFIX/certs/HOST gets a
self-signed one, which certbot's (deploy-production.sh --tls certbot) replaces.
  --install        link it to /etc/nginx/conf.d/mypay.conf, take Debian's default site away, test, reload
  --standalone     also write PREFIX/nginx/nginx.conf, an nginx of its own (nginx -c PREFIX/nginx/nginx.conf)
  --force          reload even if nothing changed (a renewed certificate's content counts as a change)
  --reload         test and load it (the nginx of --standalone if there is one, else the system's)
$COMMON_OPTIONS
From the configuration: SANDBOX_DOMAIN DEVPORTAL_DOMAIN DEVADMIN_DOMAIN MOCK_DOMAIN CHECKOUT_DOMAIN, *_PORT, WEB_NODES,
ADMIN_ALLOWED_NETWORKS (empty: everyone), HTTP_PORT 80, HTTPS_PORT 443, NGINX_LOGS /var/log/nginx, NGINX_API_RATE 10r/s,
NGINX_API_BURST 20, NGINX_PAGE_RATE 30r/s, NGINX_PAGE_BURST 50, NGINX_CALLBACK_RATE 100r/s, NGINX_CALLBACK_BURST 200 (notifications, and the vendors' APIs), MAX_BODY_BYTES, NGINX_USER www-data.
exit codes: 0 written (and loaded), 1 nginx refuses it (what was loaded stays), 2 wrong options
TEXT
}

INSTALL=no STANDALONE=no RELOAD=no FORCE=no
while [ $# -gt 0 ]; do
    case "$1" in
        --install) INSTALL=yes && shift ;;
        --standalone) STANDALONE=yes && shift ;;
        --reload) RELOAD=yes && shift ;;
        --force) FORCE=yes && shift ;;
        *)
            common_option "$@"
            [ "$OPTION_WIDTH" -gt 0 ] || wrong_usage "unknown option $1"
            shift "$OPTION_WIDTH"
            ;;
    esac
done
after_options
read_settings

# What the gateway hands to the payout API, to the service for notifications, to the vendors' APIs; the rest is the payment API's
# (tests/deploy/test_nginx.py compares with the routes).
PAYOUT_PATHS='^/api/v1/(payouts|payout-batches|balance|beneficiaries|directory|verify-account|health)(/|$)'
CALLBACK_PATHS='^/(ipn/|webhook/|webhooks/(razorpay|paystack)(/|$)|api/v1/callback/)'
VENDOR_PATHS='^/(razorpay|paystack)(/|$)'
OUT="$PREFIX/nginx" CERTS="$(setting CERT_DIR "$PREFIX/certs")" LOGS="$(setting NGINX_LOGS /var/log/nginx)"

upstreams() {
    local service node
    for service in "${SERVICE_NAMES[@]}"; do
        printf 'upstream mypay_%s {\n' "${service//-/_}"
        for ((node = 1; node <= $(nodes); node++)); do
            printf '    server 127.0.0.1:%s max_fails=3 fail_timeout=2s;\n' "$(service_port "$service" "$node")"
        done
        # Idle connections end here before gunicorn, which keeps them 2 s while it stops, would end them.
        printf '    keepalive 32;\n    keepalive_timeout 1s;\n}\n'
    done
}

admin_rules() {
    local network
    if [ -z "$(setting ADMIN_ALLOWED_NETWORKS)" ]; then return; fi
    for network in $(setting ADMIN_ALLOWED_NETWORKS | tr ',' ' '); do
        [[ "$network" =~ ^[0-9A-Fa-f.:]+(/[0-9]+)?$ ]] || die "ADMIN_ALLOWED_NETWORKS: $network is no address or network"
        printf '    allow %s;\n' "$network"
    done
    printf '    deny all;\n'
}

self_signed() {
    local host="$1" folder="$CERTS/$1"
    [ ! -s "$folder/fullchain.pem" ] || return 0
    mkdir -p "$folder"
    (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$host" \
        -addext "subjectAltName=DNS:$host" -keyout "$folder/privkey.pem" -out "$folder/fullchain.pem" 2>/dev/null)
    say "made a self-signed certificate for $host"
}

hosts=()
for label in "${HOST_LABELS[@]}"; do
    host="$(host_of "$label")"
    [[ "$host" =~ ^[A-Za-z0-9.-]+$ ]] || die "${label^^}_DOMAIN is missing in $ENV_FILE, or no host name: '$host'"
    hosts+=("$host")
    self_signed "$host"
done
mkdir -p "$OUT/snippets" "$LOGS" "$PREFIX/acme" "$PREFIX/run"
chmod 755 "$PREFIX/acme"
https="$(setting HTTPS_PORT 443)" redirect_port=""
[ "$https" = 443 ] || redirect_port=":$https"
# Found here, not inside the list below: a refused value must end the script.
upstreams="$(upstreams)"
admin_rules="$(admin_rules)"
values=(SNIPPETS="$OUT/snippets" CERTS="$CERTS" LOGS="$LOGS" ACME_ROOT="$PREFIX/acme" SANDBOX="${hosts[0]}" DEVPORTAL="${hosts[1]}"
    DEVADMIN="${hosts[2]}" MOCK="${hosts[3]}" CHECKOUT="${hosts[4]}" HTTP_PORT="$(setting HTTP_PORT 80)" HTTPS_PORT="$https"
    REDIRECT_PORT="$redirect_port" API_RATE="$(setting NGINX_API_RATE 10r/s)" API_BURST="$(setting NGINX_API_BURST 20)"
    PAGE_RATE="$(setting NGINX_PAGE_RATE 30r/s)" PAGE_BURST="$(setting NGINX_PAGE_BURST 50)" PAYOUT_PATHS="$PAYOUT_PATHS"
    CALLBACK_PATHS="$CALLBACK_PATHS" VENDOR_PATHS="$VENDOR_PATHS" CALLBACK_RATE="$(setting NGINX_CALLBACK_RATE 100r/s)"
    CALLBACK_BURST="$(setting NGINX_CALLBACK_BURST 200)"
    MAX_BODY="$(setting MAX_BODY_BYTES 2621440)" UPSTREAMS="$upstreams" ADMIN_RULES="$admin_rules" PREFIX="$PREFIX"
    SITE="$OUT/mypay.conf" NGINX_USER="$(setting NGINX_USER www-data)")
# What nginx has loaded: a reload closes idle connections of clients, so there is none when nothing changed.
rendered() { cat "$OUT"/snippets/*.conf "$OUT/mypay.conf" "$OUT/nginx.conf" "$CERTS"/*/fullchain.pem 2>/dev/null | sha256sum; }
before="$(rendered || true)"
[ ! -e "$OUT/mypay.conf" ] || cp -p "$OUT/mypay.conf" "$OUT/mypay.conf.before"
for snippet in proxy headers tls server; do render "$DEPLOY_DIR/nginx/$snippet.conf" "${values[@]}" >"$OUT/snippets/$snippet.conf"; done
render "$DEPLOY_DIR/nginx/mypay.conf.template" "${values[@]}" >"$OUT/mypay.conf"
[ "$STANDALONE" = no ] || render "$DEPLOY_DIR/nginx/nginx.conf.template" "${values[@]}" >"$OUT/nginx.conf"
if [ "$INSTALL" = yes ]; then
    ln -sfn "$OUT/mypay.conf" /etc/nginx/conf.d/mypay.conf
    rm -f /etc/nginx/sites-enabled/default
    render "$DEPLOY_DIR/logrotate/mypay" PREFIX="$PREFIX" >/etc/logrotate.d/mypay
fi
say "wrote $OUT/mypay.conf for ${hosts[*]}"

nginx_with() { if [ -e "$OUT/nginx.conf" ]; then nginx -c "$OUT/nginx.conf" "$@"; else nginx "$@"; fi; }
if [ "$RELOAD" = yes ] || [ "$INSTALL" = yes ]; then
    if ! nginx_with -t -q; then
        [ ! -e "$OUT/mypay.conf.before" ] || mv "$OUT/mypay.conf.before" "$OUT/mypay.conf"
        die "nginx refuses this configuration; the one before is back"
    fi
    if [ -e "$OUT/nginx.conf" ]; then pid_file="$PREFIX/run/nginx.pid"; else pid_file=/run/nginx.pid; fi
    if [ ! -s "$pid_file" ] || ! kill -0 "$(<"$pid_file")" 2>/dev/null; then
        nginx_with 3>&- 9>&-
        say "nginx started"
    elif [ "$before" = "$(rendered)" ] && [ "$FORCE" = no ]; then
        say "nginx has it already"
    else
        nginx_with -s reload
        say "nginx reloaded"
    fi
fi
