#!/bin/bash
# A client as shell scripts have it: bash's /dev/tcp, printf and read.
# Usage: bash client.sh HOST PORT NAME
set -eu
host=$1 port=$2 name=$3
exec 3<>"/dev/tcp/$host/$port" 4<>"/dev/tcp/$host/$port"

# ask DESCRIPTOR COMMAND: leaves the reply in $reply
ask() {
	printf '%s\n' "$2" >&"$1"
	IFS= read -r -t 30 reply <&"$1"
}

say() {
	ask "$@"
	printf '%s\n' "$reply"
}

say 3 "g $name"
say 4 "g $name"
say 4 "i $name"
say 3 "sg $name"
say 4 "sg $name"
say 3 "iam bash $name"
say 3 "d $name"
say 3 "r $name"
say 4 "g $name"
exec 4>&-
reply=
while [[ $reply != "1 "* ]]; do ask 3 "g $name"; done
printf '%s\n' "$reply"
say 3 "si $name"
