#!/usr/bin/env bash
# The API as a script uses it that has curl and jq: it takes a lock, waits for none, keeps
# it while it works, and hands the fence on.
#
#     http.sh URL LOCK
set -euo pipefail
url="$1" lock="$2"

hold="$(curl -fsS -X POST -d '{"ttl": 30, "wait": 5}' "$url/v1/locks/$lock")"
key="$(jq -r .key <<<"$hold")"
[[ "$(jq -r .fence <<<"$hold")" =~ ^[1-9][0-9]*$ ]]
echo "count $(jq -r .count <<<"$hold")"

status="$(curl -sS -o /dev/null -w '%{http_code}' -X POST "$url/v1/locks/$lock")"
echo "again $status"

curl -fsS -X PATCH -d "$(jq -cn --arg key "$key" '{key: $key, ttl: 60}')" \
  "$url/v1/locks/$lock" | jq -r '"renewed \(.name)"'
curl -fsS "$url/v1/locks?prefix=$lock" | jq -r '.locks[] | "\(.mode) \(.name) \(.holders | length)"'
curl -fsS -o /dev/null -w 'released %{http_code}\n' -X DELETE \
  -d "$(jq -cn --arg key "$key" '{key: $key}')" "$url/v1/locks/$lock"

curl -sS -X POST -d '{"ttl": "long"}' "$url/v1/locks/$lock" | jq -r '"\(.status) \(.code) \(.member)"'
curl -fsS -X POST "$url/lock/$lock"
curl -sS -o /dev/null -w 'plain %{http_code}\n' -X POST "$url/lock/$lock"
curl -fsS -X DELETE "$url/lock/$lock"
curl -fsS "$url/metrics" | grep -c '^glockd_grants_total{mode="exclusive"} '
