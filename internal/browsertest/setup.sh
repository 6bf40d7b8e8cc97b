#!/usr/bin/env bash
# Installs what the browser tests need: Chromium, nginx and zbarimg from Debian, axe-core from npm.
set -euo pipefail
cd "$(dirname "$0")"
PATH="$PATH:/usr/sbin" # where Debian installs nginx
../../.ci/packages chromium=chromium nginx=nginx zbarimg=zbar-tools
npm ci --no-audit --no-fund --silent
