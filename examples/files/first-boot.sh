#!/bin/bash
# Runs once on each instance, and again at the next boot where it failed. It never keeps a node from starting.
set -euo pipefail

install -d -m 1777 /scratch
