#!/bin/bash
# bake: {"kind":"row","id":"trust-git","network":true,"after":["trust-extract"]}
bake_id='trust-git'
. /opt/bakery/lib/row.sh || exit 1
url='https://mirror.corp.example'
. /opt/bakery/lib/trust.sh
# The server need not be a git server: an error from behind TLS proves that TLS works.
try() {
  said=$(clean env GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 "$1" -c http.sslVerify=true ls-remote "$url" 2>&1) && return 0
  printf '%s\n' "$said"
  [[ $said =~ (repository .* not found|not valid: is this a git repository|returned error: [345]|could not read Username|Authentication failed) ]]
}
check() { each git; }
bake_judge
