#!/bin/bash
# bake: {"kind":"step","id":"trust-extract","family":["update-ca-certificates"],"after":["trust-anchors"]}
bake_id='trust-extract'
. /opt/bakery/lib/step.sh || exit 1
# Not through a pipe: SIGPIPE would end it before its hooks (Java's, for one) have run.
'update-ca-certificates'

bake_reached=yes
