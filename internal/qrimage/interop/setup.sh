#!/usr/bin/env bash
# Installs what the interop test compares with: encoders and a decoder from Debian, one of each from npm.
set -euo pipefail
cd "$(dirname "$0")"
../../../.ci/packages zbarimg=zbar-tools qrencode=qrencode qr=python3-qrcode
npm ci --no-audit --no-fund --silent
