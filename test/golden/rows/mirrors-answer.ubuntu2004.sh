#!/bin/bash
# bake: {"kind":"row","id":"mirrors-answer","family":["apt-get"],"after":["preflight","mirrors"],"network":true}
bake_id='mirrors-answer'
. /opt/bakery/lib/row.sh || exit 1
# Uses temporary lists. By default apt exits with 0 if a source fails, and older versions (perhaps that of Ubuntu 20.04)
# ignore Error-Mode, so the output decides too.
check() {
  lists=$(mktemp -d /var/tmp/bakery.XXXXXX)
  trap 'rm -rf -- "$lists"' EXIT
  mkdir -- "$lists/partial"
  said=$(apt-get update -o APT::Update::Error-Mode=any -o APT::Sandbox::User=root -o Dir::State::Lists="$lists" \
    -o Dir::Cache="$lists" -o APT::Get::List-Cleanup=0 2>&1) || fail "apt-get update: $said"
  printf '%s\n' "$said"
  if printf '%s\n' "$said" | grep -q -E '^(W|E|Err)'; then fail 'a source does not answer'; fi
}
bake_judge
