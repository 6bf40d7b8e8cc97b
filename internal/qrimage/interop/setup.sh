#!/usr/bin/env bash
# Installs what the interop test compares with: zbarimg and qrencode from Debian, one encoder from npm.
set -euo pipefail
cd "$(dirname "$0")"
../../../.ci/packages zbarimg=zbar-tools qrencode=qrencode
npm ci --no-audit --no-fund --silent
