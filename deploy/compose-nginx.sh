#!/bin/sh
# Runs in nginx's container before it starts: deploy/nginx/mypay.conf.template with the services' names as upstreams.
# From the environment: SANDBOX_DOMAIN MOCK_DOMAIN DEVPORTAL_DOMAIN DEVADMIN_DOMAIN CHECKOUT_DOMAIN ADMIN_ALLOWED_NETWORKS (empty:
# everyone) and, for tests, FROM, OUT and CERTS. A host without certificate in CERTS/HOST gets a self-signed one.
set -eu
FROM="${FROM:-/etc/mypay}" OUT="${OUT:-/etc/nginx/conf.d}" CERTS="${CERTS:-/certs}"
if [ "${1:-}" = --help ]; then sed -n '2,4s/^# //p' "$0" && exit 0; fi
rm -f "$OUT/default.conf"

upstreams=""
for service in payout-api:4001 payment-api:4002 ipn:4003 merchant-portal:4010 admin-portal:4011 mock-providers:3001; do
    name="mypay_$(printf '%s' "${service%:*}" | tr - _)"
    upstreams="$upstreams
upstream $name { zone $name 64k; resolver 127.0.0.11 valid=5s; server $service resolve max_fails=3 fail_timeout=2s; keepalive 32; keepalive_timeout 1s; }"
done
rules=""
if [ -n "${ADMIN_ALLOWED_NETWORKS:-}" ]; then
    for network in $(printf '%s' "$ADMIN_ALLOWED_NETWORKS" | tr ',' ' '); do
        rules="$rules
    allow $network;"
    done
    rules="$rules
    deny all;"
fi
payout_paths='^/api/v1/(payouts|payout-batches|balance|beneficiaries|directory|verify-account|health)(/|$)'
callback_paths='^/(ipn/|webhook/|webhooks/(razorpay|paystack)(/|$)|api/v1/callback/)'
vendor_paths='^/(razorpay|paystack)(/|$)'

for host in "$SANDBOX_DOMAIN" "$MOCK_DOMAIN" "$DEVPORTAL_DOMAIN" "$DEVADMIN_DOMAIN" "$CHECKOUT_DOMAIN"; do
    if [ ! -s "$CERTS/$host/fullchain.pem" ]; then
        mkdir -p "$CERTS/$host"
        (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$host" \
            -addext "subjectAltName=DNS:$host" -keyout "$CERTS/$host/privkey.pem" -out "$CERTS/$host/fullchain.pem" 2>/dev/null)
    fi
done

# awk, not sed: values go in as they are.
export upstreams rules payout_paths callback_paths vendor_paths OUT CERTS
for file in mypay.conf.template headers.conf proxy.conf server.conf tls.conf; do
    case "$file" in mypay.conf.template) to="$OUT/mypay.conf" ;; *) mkdir -p "$OUT/snippets" && to="$OUT/snippets/$file" ;; esac
    awk '
        function put(name, value,   at, rest, head) {
            rest = $0; head = ""
            while ((at = index(rest, "@" name "@")) > 0) {
                head = head substr(rest, 1, at - 1) value
                rest = substr(rest, at + length(name) + 2)
            }
            $0 = head rest
        }
        {
            put("UPSTREAMS", ENVIRON["upstreams"]); put("ADMIN_RULES", ENVIRON["rules"]); put("PAYOUT_PATHS", ENVIRON["payout_paths"])
            put("CALLBACK_PATHS", ENVIRON["callback_paths"]); put("VENDOR_PATHS", ENVIRON["vendor_paths"])
            put("CALLBACK_RATE", "100r/s"); put("CALLBACK_BURST", "200")
            put("SANDBOX", ENVIRON["SANDBOX_DOMAIN"]); put("MOCK", ENVIRON["MOCK_DOMAIN"]); put("DEVPORTAL", ENVIRON["DEVPORTAL_DOMAIN"])
            put("DEVADMIN", ENVIRON["DEVADMIN_DOMAIN"]); put("CHECKOUT", ENVIRON["CHECKOUT_DOMAIN"])
            put("HTTP_PORT", "80"); put("HTTPS_PORT", "443"); put("REDIRECT_PORT", ""); put("CERTS", ENVIRON["CERTS"])
            put("LOGS", "/var/log/nginx"); put("ACME_ROOT", "/var/www/acme"); put("SNIPPETS", ENVIRON["OUT"] "/snippets")
            put("API_RATE", "10r/s"); put("API_BURST", "20"); put("PAGE_RATE", "30r/s"); put("PAGE_BURST", "50"); put("MAX_BODY", "3m")
            print
        }' "$FROM/$file" >"$to"
    if grep -q '@[A-Z_]*@' "$to"; then
        echo "$to has places that nothing fills: $(grep -o '@[A-Z_]*@' "$to" | sort -u | tr '\n' ' ')" >&2
        exit 1
    fi
done
