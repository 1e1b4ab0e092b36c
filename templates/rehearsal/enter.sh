#!/bin/bash
# Process 1 in the namespaces of a rehearsal: builds the root filesystem on a tmpfs, then runs scripts on command. The
# tmpfs and all processes end with the namespaces.
#
#   stdin   commands, one per line (see the loop at the end)
#   fd 3    a tar: scripts/<n>, files/<n>/{source,to}: paths, skeleton/…, bin/…, plan/{trees,hidden,copies}: lists of paths
#   stdout  output of the scripts; after each one the mark line, which only this script and its parent know
#   fd 4    answers; scripts cannot write to it
#
# Environment:
#   BAKE_ISOLATION  root or user
#   BAKE_OVERLAY    yes or no
#   BAKE_ROOTFS     folder or tar, or empty
#   BAKE_WHOLE      yes: BAKE_ROOTFS is the target; else only its programs (or this machine's) are used
#   BAKE_TRUST      yes: the public roots of this Debian machine serve as the stock trust store
#   BAKE_LAYER      a saved layer to start from, or empty
#   BAKE_SAVE       file to save the layer to, or empty
#   BAKE_NETWORK    the network namespace that this process is already in, or empty
#   BAKE_PROBE      yes: only test whether a rehearsal is possible
#   BAKE_INSTANCE   yes: other processes enter by this process id, and find the programs of bin/ in /run/sandbox
set -u
shopt -s nullglob dotglob
umask 022
exec 5<&0 0</dev/null
# /proc still shows the process ids of the machine.
read -r pid _ </proc/self/stat

# Mount over a folder that holds no user files. Only this namespace sees the mount.
base=/sys
new=$base/new
layer=$base/layer
caps='-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+setfcap,+audit_write'
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
source=''
keep=(-R -d '--preserve=mode,timestamps,links')
owner=(--no-same-owner)
options=',index=off,metacopy=off'
if [[ $BAKE_ISOLATION == root ]]; then
  keep=(-R -d '--preserve=mode,timestamps,links,ownership')
  owner=(--same-owner --numeric-owner)
else
  options=',userxattr'
fi

refuse() {
  local why=${1%%$'\n'*}
  printf 'refused %s\n' "$why" >&4
  exit 1
}

# Runs a command that must succeed; its output is the reason of a refusal.
must() {
  local said
  said=$("$@" 2>&1) || refuse "${said:-$1 failed}"
}

# Mounts an empty writable folder at a path inside, which hides the original one.
plain() {
  local key=${1//\//%}
  mkdir -p "$layer/$key" "$new$1" 2>/dev/null || return 0
  must mount -n --bind "$layer/$key" "$new$1"
}

# Mounts a writable overlay of a folder of the machine or rootfs at the same path inside. Fails if the kernel refuses.
lay_over() {
  local from=$source$1 key=${1//\//%}
  mkdir -p "$layer/$key" "$base/work/$key" "$new$1"
  if [[ $BAKE_ISOLATION == user && $BAKE_PROBE != yes && $BAKE_LAYER == '' ]]; then
    # Files of another owner cannot be copied up, so make all folders and copy small state files in advance.
    (cd "$from" && find . -xdev -type d -print0 | (cd "$layer/$key" && xargs -0 mkdir -p --)) 2>/dev/null
    if [[ $1 == /var/* ]]; then
      (cd "$from" && find . -path ./info -prune -o -type f -print0 |
        xargs -0 cp --parents "${keep[@]}" -t "$layer/$key" --) 2>/dev/null
    fi
  fi
  (cd "$from" && mount -n -t overlay overlay \
    -o "lowerdir=.,upperdir=$layer/$key,workdir=$base/work/$key$options" "$new$1") 2>/dev/null
}

# Without overlays /usr is read-only, except for the folders that steps write to.
writable_in_usr() {
  local each
  plain /usr/local
  for each in /usr/share/keyrings /usr/share/ca-certificates; do
    plain "$each"
    [[ $BAKE_LAYER != '' || ! -d $new$each ]] || cp "${keep[@]}" "$source$each/." "$new$each/" 2>/dev/null
  done
}

tree() {
  local child files=()
  if [[ -L $source$1 ]]; then
    cp -d "$source$1" "$new$1"
    return
  fi
  [[ -d $source$1 ]] || return 0
  if [[ $BAKE_OVERLAY == yes ]]; then
    lay_over "$1" && return
    # An unprivileged user cannot overlay a folder that contains mounts, so overlay its subfolders.
    for child in "$source$1"/*; do
      child=${child#"$source"}
      if [[ -d $source$child && ! -L $source$child ]]; then
        tree "$child"
      else
        files+=("$source$child")
      fi
    done
    [[ ${#files[@]} == 0 ]] || printf '%s\0' "${files[@]}" | xargs -0 cp "${keep[@]}" -t "$new$1" -- 2>/dev/null
  elif [[ $1 == /var/* ]]; then
    mkdir -p "$new$1"
    [[ $BAKE_LAYER != '' ]] || cp "${keep[@]}" "$source$1/." "$new$1/" 2>/dev/null
  else
    mkdir -p "$new$1"
    must mount -n --rbind "$source$1" "$new$1"
    must mount -n -o remount,bind,ro "$new$1"
    [[ $1 != /usr ]] || writable_in_usr
  fi
}

# Makes the whole rootfs writable as the target. Files of other owners are copied, because they could not be changed.
whole_root() {
  local child
  if [[ $BAKE_OVERLAY == yes && ($BAKE_ISOLATION == root || -O $source/usr) ]]; then
    mkdir -p "$layer/root" "$base/work/root"
    (cd "$source" && must mount -n -t overlay overlay \
      -o "lowerdir=.,upperdir=$layer/root,workdir=$base/work/root$options" "$new") || exit 1
    return
  fi
  mkdir -p "$layer/root"
  must mount -n --bind "$layer/root" "$new"
  [[ $BAKE_LAYER == '' ]] || return
  for child in "$source"/*; do
    case ${child##*/} in
      proc | sys | dev | run) ;;
      *) cp "${keep[@]}" "$child" "$new/" 2>/dev/null ;;
    esac
  done
}

programs_root() {
  local each files
  mkdir -p "$layer/root"
  must mount -n --bind "$layer/root" "$new"
  while read -r each; do tree "$each"; done <"$base/in/plan/trees"
  while read -r each; do plain "$each"; done <"$base/in/plan/hidden"
  [[ $BAKE_LAYER == '' && $BAKE_PROBE != yes ]] || return 0
  # shellcheck disable=SC2046 # a trusted list of patterns, to be expanded
  files=$(cd "$source/" && printf '%s\n' $(<"$base/in/plan/copies"))
  (cd "$source/" && xargs -d '\n' cp --parents "${keep[@]}" -t "$new" -- <<<"$files") 2>/dev/null
  [[ $BAKE_TRUST != yes ]] || stock_roots
}

# Copies the target's configuration over the programs. Without overlays only /usr/local is writable in /usr.
skeleton_over() {
  local from
  for from in "$base/in/skeleton"/*; do
    if [[ ${from##*/} == usr && $BAKE_OVERLAY != yes ]]; then
      must cp --remove-destination "${keep[@]}" "$from/local/." "$new/usr/local/"
    else
      must cp --remove-destination "${keep[@]}" "$from" "$new/"
    fi
  done
  cp "$new/etc/os-release" "$new/usr/lib/os-release" 2>/dev/null
}

# Copies the public roots of the package, without certificates that the owner of this machine added.
stock_roots() {
  local certs=$new/etc/ssl/certs
  mkdir -p "$new/etc/ssl"
  cp "${keep[@]}" "$source/etc/ssl/certs" "$new/etc/ssl/" 2>/dev/null || return 0
  rm -rf "$certs/java"
  find "$certs" \( ! -type l -o -lname '/usr/local/*' \) ! -type d -delete
  find "$certs" -xtype l -delete
  grep '^mozilla/' "$source/etc/ca-certificates.conf" >"$new/etc/ca-certificates.conf"
  (cd "$source/usr/share/ca-certificates" && xargs cat -- <"$new/etc/ca-certificates.conf") >"$certs/ca-certificates.crt"
}

devices() {
  local name major minor
  mkdir -p "$new/dev"
  must mount -n -t tmpfs -o mode=755,nosuid,size=64m tmpfs "$new/dev"
  while read -r name major minor; do
    if [[ $BAKE_ISOLATION == root ]] && mknod -m 666 "$new/dev/$name" c "$major" "$minor" 2>/dev/null; then
      continue
    fi
    : >"$new/dev/$name"
    # Read-only, to protect the owner and mode of the machine's device file.
    mount -n --bind "/dev/$name" "$new/dev/$name" 2>/dev/null &&
      mount -n -o remount,bind,ro,nosuid,noexec "$new/dev/$name" 2>/dev/null
  done <<<$'null 1 3\nzero 1 5\nfull 1 7\nrandom 1 8\nurandom 1 9\ntty 5 0'
  mkdir -p "$new/dev/pts" "$new/dev/shm"
  chmod 1777 "$new/dev/shm"
  mount -n -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$new/dev/pts" 2>/dev/null
  ln -s pts/ptmx "$new/dev/ptmx"
  ln -s /proc/self/fd "$new/dev/fd"
  ln -s /proc/self/fd/0 "$new/dev/stdin"
  ln -s /proc/self/fd/1 "$new/dev/stdout"
  ln -s /proc/self/fd/2 "$new/dev/stderr"
}

processes() {
  local entry
  mkdir -p "$new/proc" "$new/sys"
  mount -n -t proc -o nosuid,nodev,noexec proc "$new/proc" 2>/dev/null || must mount -n --rbind /proc "$new/proc"
  for entry in sys irq bus fs sysrq-trigger; do
    [[ -e $new/proc/$entry ]] || continue
    must mount -n --bind "$new/proc/$entry" "$new/proc/$entry"
    must mount -n -o remount,bind,ro,nosuid,nodev,noexec "$new/proc/$entry"
  done
  for entry in kcore kmsg keys timer_list; do
    [[ ! -e $new/proc/$entry ]] || mount -n --bind "$new/dev/null" "$new/proc/$entry" 2>/dev/null
  done
}

# /run is never part of an image. The scripts are there read-only, so that a script cannot change the next one.
runtime() {
  mkdir -p "$new/run" "$new/tmp"
  chmod 1777 "$new/tmp"
  must mount -n -t tmpfs -o mode=755,nosuid,nodev tmpfs "$new/run"
  mkdir -p "$new/run/lock" "$new/run/bake" "$base/in/scripts"
  must mount -n --bind "$base/in/scripts" "$new/run/bake"
  must mount -n -o remount,bind,ro "$new/run/bake"
}

# Programs that a stock image has and this machine may lack. `become` needs a mount that allows set-user-ID.
programs() {
  local at=$new/run/sandbox name
  mkdir -p "$at"
  must mount -n -t tmpfs -o mode=755,nodev,size=8m tmpfs "$at"
  mkdir "$at/bin"
  must cp "$base/in/bin"/* "$at/bin/"
  chmod 755 "$at/bin"/*
  for name in shutdown poweroff; do ln -s reboot "$at/bin/$name"; done
  if [[ $BAKE_ISOLATION == root ]]; then
    must cp /usr/bin/env "$at/bin/become"
    chmod 4755 "$at/bin/become"
  fi
  must mount -n -o remount,bind,ro,nodev "$at"
}

network() {
  local each
  if [[ $BAKE_NETWORK == '' ]]; then
    ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null
    return 0
  fi
  # The files that `ip netns exec` would mount over /etc.
  for each in "/etc/netns/$BAKE_NETWORK"/*; do cp "${keep[@]}" "$each" "$new/etc/"; done
}

must mount -n -t tmpfs -o mode=755 tmpfs "$base"
mkdir -p "$base/in" "$new" "$layer" "$base/work"
tar -xf - -C "$base/in" "${owner[@]}" <&3 || refuse 'tar could not unpack the skeleton'
exec 3<&-

if [[ $BAKE_ROOTFS != '' ]]; then
  source=$BAKE_ROOTFS
  if [[ -f $BAKE_ROOTFS ]]; then
    source=$base/rootfs
    mkdir "$source"
    must tar -xpf "$BAKE_ROOTFS" -C "$source" "${owner[@]}" --exclude=./dev/* --exclude=dev/*
  fi
fi
if [[ $BAKE_LAYER != '' ]]; then
  must tar -xpf "$BAKE_LAYER" -C "$base" "${owner[@]}" --xattrs --xattrs-include='*'
fi

if [[ $BAKE_WHOLE == yes ]]; then whole_root; else programs_root; fi
if [[ $BAKE_LAYER == '' && -d $base/in/skeleton ]]; then
  if [[ $BAKE_WHOLE == yes ]]; then
    must cp -n "${keep[@]}" "$base/in/skeleton/." "$new/"
  else
    skeleton_over
  fi
fi
devices
processes
runtime
[[ $BAKE_INSTANCE != yes ]] || programs
network
hostname "$(cat "$new/etc/hostname" 2>/dev/null)" 2>/dev/null

# Make the new root the root of the namespace, so that a script that leaves the chroot is still in it.
cd "$new" || refuse 'the new root cannot be entered'
must mount -n --move "$new" /

# Runs a command inside with few capabilities. After the first command this script uses no path of the inside.
inside() {
  env -i PATH="$path" HOME=/root LANG=C.UTF-8 timeout -s KILL "$1" \
    setpriv --bounding-set "$caps" --inh-caps -all -- chroot . "${@:2}" 2>&1 4>&- 5<&-
}

said=$(inside 60 /bin/bash -c 'exit 0') || refuse "bash does not start inside: $said"
printf 'ready %s\n' "$pid" >&4

mark=''
while read -r -u 5 verb first rest; do
  case $verb in
    mark) mark=$first ;;
    lack)
      # shellcheck disable=SC2016,SC2086 # expanded inside; a list of names
      said=$(inside 60 /bin/bash -c 'for p; do type -P -- "$p" >/dev/null || printf "%s " "$p"; done' lack $first $rest)
      printf 'lack %s\n' "$said" >&4
      ;;
    check | run)
      if [[ $verb == check ]]; then
        inside 60 /bin/bash -n "/run/bake/$first"
      else
        inside "$rest" /bin/bash "/run/bake/$first"
      fi
      code=$?
      kill -KILL -1 2>/dev/null # processes that the script left running
      printf '%s\n' "$mark"
      printf 'done %s\n' "$code" >&4
      ;;
    place)
      # Read outside, where the machine's paths are, and write inside, where a path may have become a link.
      IFS= read -r -d '' from <"$base/in/files/$first/source"
      IFS= read -r -d '' to <"$base/in/files/$first/to"
      # shellcheck disable=SC2016 # expanded inside
      { { inside 7200 /bin/bash -c 'umask 077; mkdir -p -- "${1%/*}" && cat >"$1"' place "$to"; } <"$from"; } 2>&1
      code=$?
      printf '%s\n' "$mark"
      printf 'done %s\n' "$code" >&4
      ;;
    quiet)
      kill -TERM -1 2>/dev/null && sleep 0.1
      kill -KILL -1 2>/dev/null
      printf 'done 0\n' >&4
      ;;
    save)
      if said=$(tar -cf "$BAKE_SAVE" -C "$base" --numeric-owner --xattrs --xattrs-include='*' in/meta/layer.json layer 2>&1); then
        printf 'done 0\n' >&4
      else
        printf 'refused %s\n' "${said%%$'\n'*}" >&4
      fi
      ;;
  esac
done
