#!/usr/bin/env bash
# The critical paths, from outside, against any base URL: health, refusals, a payout to its end, a checkout paid, pages, TLS.
# shellcheck source=deploy/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

usage() {
    cat <<TEXT
usage: smoke-test.sh --base URL [options]
Walks the critical paths as a client would. Without keys, what needs one is left out with a warning.
  --base URL         the gateway, as https://sandbox.example.com or http://127.0.0.1:8000
  --portal URL       the merchant portal (default: not asked)
  --admin URL        the admin portal (default: not asked; a 403 or 404 for an address outside the list is well)
  --payout-key KEY   or SMOKE_PAYOUT_KEY
  --payment-key KEY  or SMOKE_PAYMENT_KEY
  --make-merchant    make a merchant with money and keys for this run (native, on the machine itself)
  --resolve ADDRESS  ask this address instead of what the names resolve to
  --insecure         accept a self-signed certificate
  --seconds N        wait so long for a payout's end (default 60)
$COMMON_OPTIONS
exit codes: 0 all well, 1 something failed, 2 wrong options
TEXT
}

BASE="" PORTAL="" ADMIN="" PAYOUT_KEY="${SMOKE_PAYOUT_KEY:-}" PAYMENT_KEY="${SMOKE_PAYMENT_KEY:-}" MAKE=no RESOLVE="" WAIT=60 CURL=(curl --silent --max-time 10)
while [ $# -gt 0 ]; do
    case "$1" in
        --base) BASE="$(needs_value "$@")"; shift 2 ;;
        --portal) PORTAL="$(needs_value "$@")"; shift 2 ;;
        --admin) ADMIN="$(needs_value "$@")"; shift 2 ;;
        --payout-key) PAYOUT_KEY="$(needs_value "$@")"; shift 2 ;;
        --payment-key) PAYMENT_KEY="$(needs_value "$@")"; shift 2 ;;
        --make-merchant) MAKE=yes && shift ;;
        --resolve) RESOLVE="$(needs_value "$@")"; shift 2 ;;
        --insecure) CURL+=(--insecure) && shift ;;
        --seconds) WAIT="$(needs_value "$@")"; shift 2 ;;
        *)
            common_option "$@"
            [ "$OPTION_WIDTH" -gt 0 ] || wrong_usage "unknown option $1"
            shift "$OPTION_WIDTH"
            ;;
    esac
done
[[ "$BASE" =~ ^https?:// ]] || wrong_usage "--base must be an http or https URL"
after_options
set +e # what fails is a finding, never the end of the script
BASE="${BASE%/}" PORTAL="${PORTAL%/}" ADMIN="${ADMIN%/}"
[ -z "$RESOLVE" ] || CURL+=(--connect-to "::$RESOLVE:")

# call METHOD URL [CURL OPTIONS...]: sets STATUS and BODY.
call() {
    local answer
    answer="$("${CURL[@]}" --request "$1" --write-out '\n%{errormsg}\n%{http_code}' "${@:3}" "$2" 2>/dev/null || true)"
    STATUS="${answer##*$'\n'}" BODY="${answer%$'\n'*}"
    if [ "$STATUS" = 000 ]; then STATUS=nothing BODY="${BODY##*$'\n'}"; else BODY="${BODY%$'\n'*}"; fi
}

field() { sed -n "s/.*\"$1\": \{0,1\}\"\([^\"]*\)\".*/\1/p" <<<"$BODY" | head -n 1; }

# expect NAME "STATUSES" [TEXT]: a finding about what was just asked.
expect() {
    if [[ " $2 " != *" $STATUS "* ]]; then
        finding fail "$1" "answered $STATUS, not $2: $(head -c 200 <<<"$BODY")"
        return 1
    elif [ -n "${3:-}" ] && [[ "$BODY" != *"$3"* ]]; then
        finding fail "$1" "answered $STATUS without $3: $(head -c 200 <<<"$BODY")"
        return 1
    fi
    finding ok "$1" "$STATUS"
}

smoke_health() {
    call GET "$BASE/health" && expect health 200 '"OK"' || true
    call GET "$BASE/api/v1/health" && expect payout-health 200 healthy || true
    call GET "$BASE/nowhere" && expect unknown-route 404 '"NOT_FOUND"' || true
}

smoke_refusals() {
    call GET "$BASE/api/v1/payouts" && expect no-key-payouts 401 || true
    call GET "$BASE/api/v1/payouts" --header "X-API-KEY: no-such-key" && expect wrong-key-payouts 401 || true
    call POST "$BASE/api/v1/checkouts" --json '{}' && expect no-key-checkouts 401 || true
    call GET "$BASE/transactions" && expect no-key-transactions 401 || true
}

smoke_payout() {
    if [ -z "$PAYOUT_KEY" ]; then finding warning payout "left out: no --payout-key"; return; fi
    local key id deadline first
    key="$(cat /proc/sys/kernel/random/uuid)"
    call GET "$BASE/api/v1/balance" --header "X-API-KEY: $PAYOUT_KEY" && { expect balance 200 || return 0; }
    local body='{"merchantReference":"'$key'","amount":"10.00","destType":"BANK","bankCode":"HBL","accountNumber":"1234567890","accountTitle":"Smoke Test"}'
    call POST "$BASE/api/v1/payouts" --header "X-API-KEY: $PAYOUT_KEY" --header "X-IDEMPOTENCY-KEY: $key" --json "$body"
    expect payout-create 201 || return 0
    id="$(field id)" first="$BODY"
    call POST "$BASE/api/v1/payouts" --header "X-API-KEY: $PAYOUT_KEY" --header "X-IDEMPOTENCY-KEY: $key" --json "$body"
    if [ "$(field id)" = "$id" ] && [ -n "$id" ]; then finding ok payout-again "the same payout"; else finding fail payout-again "a second one: $(head -c 200 <<<"$first$BODY")"; fi
    deadline=$((SECONDS + WAIT))
    while :; do
        call GET "$BASE/api/v1/payouts/$id" --header "X-API-KEY: $PAYOUT_KEY"
        case "$(field status)" in
            SUCCESS) finding ok payout-end SUCCESS; return ;;
            FAILED) finding fail payout-end "$(head -c 200 <<<"$BODY")"; return ;;
        esac
        [ "$SECONDS" -lt "$deadline" ] || { finding fail payout-end "still $(field status) after $WAIT s: do the workers run?"; return 0; }
        sleep 0.5
    done
}

smoke_checkout() {
    if [ -z "$PAYMENT_KEY" ]; then finding warning checkout "left out: no --payment-key"; return; fi
    local id reference
    reference="smoke-$(date +%s)-$$"
    call POST "$BASE/api/v1/checkouts" --header "X-API-KEY: $PAYMENT_KEY" \
        --json '{"reference":"'"$reference"'","amount":100,"paymentMethod":"jazzcash","paymentType":"onetime","successUrl":"https://example.com/ok","returnUrl":"https://example.com/back"}'
    expect checkout-create "200 201" || return 0
    id="$(field checkoutId)"
    [ -n "$id" ] || { finding fail checkout-id "none in $(head -c 200 <<<"$BODY")"; return 0; }
    call GET "$BASE/payment/$id" && { expect payment-page 200 "<html" || return 0; }
    call POST "$BASE/payment/$id/complete" --json '{"mobileNumber":"03030000000"}'
    expect payment-complete 200 || return 0
    call GET "$BASE/transactions/$reference" --header "X-API-KEY: $PAYMENT_KEY" && expect transaction 200 completed || true
}

smoke_vendors() {
    call GET "$BASE/razorpay/v1/orders" && expect vendor-razorpay 401 '"error"' || true
    call GET "$BASE/paystack/transaction" && expect vendor-paystack 401 '"status"' || true
    call POST "$BASE/webhooks/razorpay" --json '{}' && expect callback-unsigned 401 || true
}

smoke_portals() {
    if [ -n "$PORTAL" ]; then
        call GET "$PORTAL/portal/login" && expect portal-login-page "200 301 302" || true
        call POST "$PORTAL/api/v1/portal/auth/login" --json '{"email":"nobody@example.com","password":"wrong-password"}' && expect portal-wrong-login "400 401" || true
    fi
    if [ -n "$ADMIN" ]; then call GET "$ADMIN/admin/login/" && expect admin-login-page "200 301 302 403 404" || true; fi
}

smoke_tls() {
    [[ "$BASE" = https://* ]] || return 0
    local said
    said="$("${CURL[@]}" --tlsv1.3 --head "$BASE/health" 2>/dev/null || true)"
    if [[ "$said" = HTTP* ]]; then finding ok tls-1.3 "spoken"; else finding fail tls-1.3 "refused"; fi
    if grep -qi '^strict-transport-security:' <<<"$said"; then finding ok hsts "$(grep -i '^strict-transport-security:' <<<"$said" | tr -d '\r')"; else finding fail hsts "no Strict-Transport-Security"; fi
}

if [ "$MAKE" = yes ]; then
    [ -n "$(release_now)" ] || die "--make-merchant needs an installation in $PREFIX"
    read_settings "$(env_now)"
    made="$(manage "$(release_now)" "$(env_now)" create_merchant --email "smoke-$(date +%s)@example.com" --name "Smoke test" --balance 1000 --json)"
    PAYOUT_KEY="$(sed -n 's/.*"payouts_key": "\([^"]*\)".*/\1/p' <<<"$made")" PAYMENT_KEY="$(sed -n 's/.*"payments_key": "\([^"]*\)".*/\1/p' <<<"$made")"
fi
smoke_health
smoke_refusals
smoke_payout
smoke_checkout
smoke_vendors
smoke_portals
smoke_tls
report_findings "smoke test"
