#!/bin/bash
# Runs once on each instance, and again at the next boot if it failed. A failure does not stop the node.
set -euo pipefail

install -d -m 1777 /scratch
