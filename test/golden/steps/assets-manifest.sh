#!/bin/bash
# bake: {"kind":"step","id":"assets-manifest"}
bake_id='assets-manifest'
. /opt/bakery/lib/step.sh || exit 1
base64 -d <<'BAKE_DATA' | bake_write /opt/bakery/assets.json 644
ewogICJhc3NldHMiOiBbCiAgICB7CiAgICAgICJuYW1lIjogInRvb2wiLAogICAgICAicGF0aCI6ICIvb3B0L3NpdGUvdG9vbCIsCiAgICAgICJtb2RlIjogIjA3NTUiLAogICAgICAic2hhMjU2IjogImY2ZDIxZDczOTdhZjI4MDVhMjVkNzM5NjU3NzVmMjk4MDNmNGE3NjU5Nzk3Yzg1MjlhNGMwNTM1MWRjNTE4MTAiCiAgICB9LAogICAgewogICAgICAibmFtZSI6ICJub3RlcyIsCiAgICAgICJwYXRoIjogIi9vcHQvc2l0ZS9ub3Rlcy50eHQiLAogICAgICAibW9kZSI6ICIwNjQ0IiwKICAgICAgInNoYTI1NiI6ICJiZmY0YTdmMGYyZWY1M2M0ZjllYjk2NzQyN2MzMDQ2YjIxNWMzODk1ZWQ0ZjQ0MjhiMjhmOTFiMTM3YTFhZGFlIgogICAgfQogIF0KfQo=
BAKE_DATA
# All assets are in place: remove the engine's staging folder.
rm -rf -- '/opt/bakery/staging'
printf 'written: %s\n' /opt/bakery/assets.json

bake_reached=yes
