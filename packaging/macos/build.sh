#!/usr/bin/env bash
# Build the app and its disk image on macOS: packaging/macos/build.sh
# Needs Python 3.11 or newer. With JIESU_SIGN_IDENTITY set ("Developer ID Application: …") the app is signed, and with
# JIESU_NOTARY_PROFILE (kept by `xcrun notarytool store-credentials`) also notarised; otherwise it runs on this machine only.
set -euo pipefail
cd "$(dirname "$0")/../.."

python3 tools/bootstrap.py --tests
.venv/bin/python -m pip install --quiet -r requirements-bundle.lock
.venv/bin/python packaging/build.py
.venv/bin/python packaging/smoke.py dist/jiesu-desk

version=$(.venv/bin/python -c 'from app.release import VERSION; print(VERSION)')
app="dist/Jiesu Desk.app"
image="dist/jiesu-desk-$version-$(uname -m).dmg"
if [[ -n "${JIESU_SIGN_IDENTITY:-}" ]]; then
    codesign --force --deep --timestamp --options runtime \
        --entitlements packaging/macos/entitlements.plist --sign "$JIESU_SIGN_IDENTITY" "$app"
    codesign --verify --deep --strict "$app"
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R "$app" "$folder/"
ln -s /Applications "$folder/Applications"
hdiutil create -volname "Jiesu Desk" -srcfolder "$folder" -ov -format UDZO "$image"
if [[ -n "${JIESU_NOTARY_PROFILE:-}" ]]; then
    xcrun notarytool submit "$image" --keychain-profile "$JIESU_NOTARY_PROFILE" --wait
    xcrun stapler staple "$image"
fi
echo "$image"
