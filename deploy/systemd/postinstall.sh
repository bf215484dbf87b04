#!/bin/sh
# Runs after the package is unpacked: loads the unit, and restarts the exporter if it runs.
# A new installation does not start, because it has no key yet.
set -e
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart statsig_exporter.service
fi
