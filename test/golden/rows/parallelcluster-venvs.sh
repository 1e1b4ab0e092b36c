#!/bin/bash
# bake: {"kind":"row","id":"parallelcluster-venvs","programs":["/opt/parallelcluster/pyenv/bin/pyenv"]}
bake_id='parallelcluster-venvs'
. /opt/bakery/lib/row.sh || exit 1
check() {
  shopt -s nullglob
  pythons=('/opt/parallelcluster/pyenv'/versions/*/envs/*/bin/python)
  [ "${#pythons[@]}" -gt 0 ] || fail there is no Python environment below '/opt/parallelcluster/pyenv'
  for python in "${pythons[@]}"; do
    # A module that aws-parallelcluster-cookbook installs into each.
    case $python in
      */cfn_bootstrap_virtualenv/*) module=cfnbootstrap ;;
      */cookbook_virtualenv/* | */node_virtualenv/* | */awsbatch_virtualenv/*) module=botocore ;;
      *) module=ssl ;;
    esac
    "$python" -I -c "import sys, $module; print(sys.executable, sys.version.split()[0], $module.__name__)" ||
      fail "$python does not start, or lacks $module"
  done
}
bake_judge
