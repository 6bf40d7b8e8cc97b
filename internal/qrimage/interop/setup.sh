#!/usr/bin/env bash
# Installs what the interop test compares with: zbarimg and qrencode from Debian, one encoder from npm.
set -euo pipefail
cd "$(dirname "$0")"
missing=()
command -v zbarimg >/dev/null || missing+=(zbar-tools)
command -v qrencode >/dev/null || missing+=(qrencode)
if [ "${#missing[@]}" -gt 0 ]; then
	sudo=()
	[ "$(id -u)" -eq 0 ] || sudo=(sudo)
	"${sudo[@]}" apt-get update -q
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy "${missing[@]}"
fi
npm ci --no-audit --no-fund --silent
