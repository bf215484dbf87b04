#!/bin/sh
# Before the package is removed, not when it is upgraded: deb says "remove", rpm says 0.
set -e
case "$1" in
  remove | 0)
    if [ -d /run/systemd/system ]; then
      systemctl disable --now statsig_exporter.service
    fi
    ;;
esac
