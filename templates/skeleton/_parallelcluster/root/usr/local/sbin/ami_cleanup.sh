#!/bin/bash
# What ParallelCluster's own clean-up removes before an image is taken, in words of our own.
if command -v cloud-init >/dev/null; then
  cloud-init clean -s
fi
rm -rf /tmp/* /var/tmp/* /var/crash/*
rm -f /etc/ssh/ssh_host_*
rm -f /etc/udev/rules.d/70-persistent-net.rules
find /var/log -type f -delete
