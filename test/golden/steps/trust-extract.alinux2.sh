#!/bin/bash
# bake: {"kind":"step","id":"trust-extract","family":["update-ca-trust"],"after":["trust-anchors"]}
bake_id='trust-extract'
. /opt/bakery/lib/step.sh || exit 1
# Not in a pipe: SIGPIPE could kill it before its hooks, such as Java's, have run.
'update-ca-trust'

bake_reached=yes
