#!/bin/bash
# bake: {"kind":"row","id":"trust-node","network":true,"after":["trust-settings"]}
bake_id='trust-node'
. /opt/bakery/lib/row.sh || exit 1
url='https://mirror.corp.example'
. /opt/bakery/lib/trust.sh
# Node's built-in store cannot be changed. Node also trusts the CAs that ParallelCluster's bootstrap variables name.
try() {
  # shellcheck disable=SC2016 # the inner bash expands it
  clean bash -c '. "$0" && exec "$@"' '/etc/profile.d/aws-cli-default-config.sh' "$1" -e "$node" "$url"
}
node='require("https").get(process.argv[1], { timeout: 20000 }, (got) => { console.log("HTTP " + got.statusCode); process.exit(0); })
  .on("timeout", function () { this.destroy(new Error("no answer")); })
  .on("error", (error) => { console.log(error.message); process.exit(1); });'
check() { each node /opt/*/bin/node; }
bake_judge
