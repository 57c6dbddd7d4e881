#!/usr/bin/env bash
# Fetches the release that release.env names into .release/, by its checksums; what is there already stays.
# usage: deploy/fetch.sh tool     the command: .release/tool/pendosync
#        deploy/fetch.sh azure    what deploys it: .release/azure/infra/deploy.sh
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=/dev/null
. "$here/release.env"
what="${1:-}"
fail() { printf 'fetch.sh: %s\n' "$1" >&2; exit "${2:-1}"; }

case "$what" in
  azure) file="pendosync-$PENDOSYNC_VERSION-azure.zip" ;;
  tool)
    case "$(uname -sm)" in
      'Linux x86_64') system=linux-x64 ;;
      'Linux aarch64') system=linux-arm64 ;;
      'Darwin arm64') system=osx-arm64 ;;
      *) fail "there is no release for $(uname -sm); install the dotnet tool PendoSync of the release in its place" ;;
    esac
    file="pendosync-$PENDOSYNC_VERSION-$system.tar.gz"
    ;;
  *) sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac

target="$(dirname "$here")/.release/$what"
[[ "$(cat "$target/.fetched" 2>/dev/null)" != "$file" ]] || exit 0
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
for part in "$file" SHA256SUMS; do
  address="$PENDOSYNC_RELEASES/v$PENDOSYNC_VERSION/$part"
  curl -fsSL --retry 3 -o "$work/$part" "$address" || fail "cannot fetch $address; see deploy/release.env"
done
sums() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
(cd "$work" && grep "  $file\$" SHA256SUMS | sums -c - >/dev/null) || fail "$file is not what SHA256SUMS says"
if [[ $what == azure ]]; then
  unzip -q "$work/$file" -d "$work/zip"
  mv "$work/zip"/pendosync-* "$work/new"
else
  mkdir "$work/new"
  tar -xzf "$work/$file" -C "$work/new"
fi
printf '%s\n' "$file" >"$work/new/.fetched"
rm -rf "$target"
mkdir -p "$(dirname "$target")"
mv "$work/new" "$target"
printf 'fetched %s\n' "$file" >&2
