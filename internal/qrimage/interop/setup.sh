#!/usr/bin/env bash
# Installs the encoders and decoders of the interop tests: from Debian and from npm.
set -euo pipefail
cd "$(dirname "$0")"
../../../.ci/packages zbarimg=zbar-tools qrencode=qrencode qr=python3-qrcode
npm ci --no-audit --no-fund --silent
