#!/bin/bash
# bake: {"kind":"row","id":"index-git","after":["indexes"]}
bake_id='index-git'
. /opt/bakery/lib/row.sh || exit 1
# git's own word for each form, without a repository around and without the settings of who looks.
ask() {
  said=$(cd / && env -i HOME=/nonexistent PATH="$PATH" git ls-remote --get-url "$1"group/project.git)
  printf '%s -> %s\n' "$1"group/project.git "$said"
  [ "$said" = "$2"group/project.git ] || fail "git would ask $said"
}
# Without git: the file has the form.
look() {
  grep -F "insteadOf = \"$1\"" /etc/gitconfig || fail "/etc/gitconfig has nothing for $1"
}
check() {
  if command -v git > /dev/null; then
    how=ask
  else
    how=look
    printf 'git is not in this image: only the file was looked at\n'
  fi
  "$how" 'https://github.com/' 'https://mirror.corp.example/git/github/'
  "$how" 'git@github.com:' 'https://mirror.corp.example/git/github/'
  "$how" 'ssh://git@github.com/' 'https://mirror.corp.example/git/github/'
}
bake_judge
