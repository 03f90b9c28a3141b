#!/usr/bin/env bash
# Keyed locks as a pipeline takes them that has nothing but curl and jq: it polls while
# the lock is somebody else's, and tells from the list who holds it.
#
#     pipeline.sh URL LOCK KEY REQUESTOR
set -euo pipefail
url="$1" lock="$2" key="$3" requestor="$4"
body="$(jq -cn --arg key "$key" --arg requestor "$requestor" '{key: $key, requestor: $requestor}')"

request() {
  curl -sS -X "$1" -d "$body" -o /dev/null -D - "$url/lock/$lock" | tr -d '\r' | head -n 1
}

held_by() {
  curl -fsS "$url/locks" | jq -r --arg lock "$lock" \
    '.[$lock] // {locked_by: {}} | .locked_by | to_entries | map("\(.key)=\(.value)") | join(" ")'
}

until [[ "$(request PUT)" == *" 200 OK" ]]; do
  request PUT | grep -q "423 Locked" || { echo "unexpected answer" >&2; exit 1; }
  echo "held by $(held_by)"
  # Whoever holds it is asked to go: the test that runs this reads the line above.
  read -r _
done
echo "got it: $(held_by)"
curl -fsS -X PUT -d "$body" "$url/lock/$lock" | jq -r .response
echo "count: $(held_by)"
curl -fsS -X DELETE -d "$body" "$url/lock/$lock" | jq -r .response
echo "then: $(held_by)"
