# Usage: sh -ec "$(cat test.sh)" test URL...
# Waits until the exporter at each URL is ready, and until the polls of all have succeeded.
# TIMEOUT: how many seconds at most. PROJECTS: the names that must be among the polled, one a line.
# CURL_ARGS: further arguments of curl. CURL_USER: name:password. METRICS: the path.
get() { curl -fsS --max-time 10 ${CURL_USER:+-u "$CURL_USER"} ${CURL_ARGS:-} "$1"; }

# Prints what the exporters say of their polls, or fails.
polls() {
  for url in "$@"; do
    get "$url/-/ready" >/dev/null || return 1
    page=$(get "$url$METRICS") || return 1
    echo "$page" | grep -q '^statsig_exporter_build_info{.*} 1$' || return 1
    echo "$page" | grep -E '^(statsig_up|statsig_exporter_report_rows){' || true # a shard may have no project
  done
}

good() {
  echo "$1" | grep -q '^statsig_up{.*} 1$' || return 1
  if echo "$1" | grep -q '^statsig_up{.*} 0$'; then return 1; fi
  echo "$1" | grep -q '^statsig_exporter_report_rows{.*} [1-9]' || return 1
  while read -r project; do
    [ -z "$project" ] || echo "$1" | grep -qF "project=\"$project\"" || return 1
  done <<END
$PROJECTS
END
}

seen=
while [ "$TIMEOUT" -gt 0 ]; do
  if seen=$(polls "$@") && good "$seen"; then
    echo "$seen"
    exit 0
  fi
  sleep 2
  TIMEOUT=$((TIMEOUT - 2))
done
echo "not every poll has succeeded:"
echo "$seen"
exit 1
