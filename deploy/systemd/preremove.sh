#!/bin/sh
# Stops the service before the package is removed, but not before an upgrade. deb passes "remove", rpm 0.
set -e
case "$1" in
  remove | 0)
    if [ -d /run/systemd/system ]; then
      systemctl disable --now statsig_exporter.service
    fi
    ;;
esac
