#!/bin/sh
# After the package is unpacked: systemd learns of the unit, and a running exporter becomes the new one.
# A fresh one is not started, because it has no key yet.
set -e
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart statsig_exporter.service
fi
