#!/bin/bash
# bake: {"kind":"row","id":"index-git","after":["indexes"]}
bake_id='index-git'
. /opt/bakery/lib/row.sh || exit 1
# Asks git for the address of each form, outside of a repository and without user settings.
ask() {
  said=$(cd / && env -i HOME=/nonexistent PATH="$PATH" git ls-remote --get-url "$1"group/project.git)
  printf '%s -> %s\n' "$1"group/project.git "$said"
  [ "$said" = "$2"group/project.git ] || fail "git would use $said"
}
# Without git, check that the file contains the form.
look() {
  grep -F "insteadOf = \"$1\"" /etc/gitconfig || fail "/etc/gitconfig has no rule for $1"
}
check() {
  if command -v git > /dev/null; then
    how=ask
  else
    how=look
    printf 'git is not in this image: only the file was checked\n'
  fi
  "$how" 'https://github.com/' 'https://mirror.corp.example/git/github/'
  "$how" 'git@github.com:' 'https://mirror.corp.example/git/github/'
  "$how" 'ssh://git@github.com/' 'https://mirror.corp.example/git/github/'
}
bake_judge
