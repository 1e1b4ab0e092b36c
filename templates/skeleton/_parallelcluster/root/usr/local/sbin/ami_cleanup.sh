#!/bin/bash
# Removes what ParallelCluster's clean-up script removes before an image is made; not a copy of that script.
if command -v cloud-init >/dev/null; then
  cloud-init clean -s
fi
rm -rf /tmp/* /var/tmp/* /var/crash/*
rm -f /etc/ssh/ssh_host_*
rm -f /etc/udev/rules.d/70-persistent-net.rules
find /var/log -type f -delete
