#!/bin/bash
# Site settings: whatever you want in every image. Must be safe to run twice.
set -euo pipefail

printf 'Example Corp HPC. Authorised use only.\n' > /etc/motd
printf 'umask 027\n' > /etc/profile.d/site.sh
