#!/usr/bin/env bash
# What is done each night: the books and the audit trail are checked, old rows are taken away.
# shellcheck source=deploy/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

usage() {
    cat <<TEXT
usage: nightly.sh [options]
Runs check_ledger, check_audit and prune (docs/operations.md) on the running release, and reports every finding. The metrics
show what the two checks found, and when.
$COMMON_OPTIONS
exit codes: 0 well, 1 something differs or failed, 2 wrong options
TEXT
}

while [ $# -gt 0 ]; do
    common_option "$@"
    [ "$OPTION_WIDTH" -gt 0 ] || wrong_usage "unknown option $1"
    shift "$OPTION_WIDTH"
done
after_options
set +e # what fails is a finding, never the end of the script
[ "$MODE" = docker ] || ENV_FILE="$(env_now)"
read_settings

# nightly NAME COMMAND...: one management command; its output is the finding's text.
nightly() {
    local name="$1" said
    shift
    if said="$(manage "$(release_now)" "$ENV_FILE" "$@" --json 2>&1)"; then finding ok "$name" "$(tail -n 1 <<<"$said")"; else finding fail "$name" "$(tail -c 600 <<<"$said")"; fi
}

[ "$MODE" = docker ] || [ -n "$(release_now)" ] || die "nothing is installed in $PREFIX"
nightly ledger check_ledger
nightly audit check_audit --seal
nightly prune prune
report_findings "nightly"
