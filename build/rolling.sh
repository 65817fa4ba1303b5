#!/usr/bin/env bash
# A rolling deploy with the binaries of two schema versions, on one set of tables. The last line is PASSED or FAILED with the reasons.
set -euo pipefail
cd "$(dirname "$0")/.."

# The last commit that makes the schema version before. Whoever raises SchemaScript.Version puts the commit before that here.
old=c2e9c0b187913b0d2c6c6ff05cae16f21263f435

usage() {
  cat <<END
usage: build/rolling.sh [COMMIT]

Builds test/EndToEndApp as it was in COMMIT (default ${old:0:10}, the last one with the schema version before) and as it is,
starts new nodes beside old ones, stops the old ones, starts old ones again, and checks that every committed entry was
handled and no other. Takes about three minutes.
END
}

case ${1:-} in
  -h | --help) usage; exit ;;
  -*) usage >&2; exit 64 ;;
  '') ;;
  *) old=$1 ;;
esac
git cat-file -e "$old^{commit}" 2>/dev/null || { echo "There is no commit $old here; a shallow clone needs: git fetch --unshallow" >&2; exit 2; }

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1
build/servers.sh install

work=$(mktemp -d "${TMPDIR:-/tmp}/cap-rolling-XXXXXX")
trap 'rm -rf -- "$work"' EXIT # servers and nodes end with the program, however it ends
trap 'exit 130' INT
trap 'exit 143' TERM

build() { # build FOLDER PROJECT OUTPUT
  echo "Building $3 …"
  (cd "$1" && timeout --foreground -k 10 10m dotnet build "$2" -c Release -o "$work/$3" -v quiet -tl:off -p:UseSharedCompilation=true) >"$work/build.log" 2>&1 ||
    { cat "$work/build.log" >&2; echo "FAILED: building $3"; exit 1; }
}

mkdir "$work/source"
git archive "$old" | tar -x -C "$work/source"
build "$work/source" test/EndToEndApp old
build . test/EndToEndApp new
build . test/Endurance bin
timeout --foreground -k 30 15m dotnet "$work/bin/Cap.Endurance.dll" rolling --old "$work/old" --new "$work/new" || exit 1
