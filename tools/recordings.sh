#!/bin/sh
# The recorded runs that come with the page, one of each method on a bundled model: sh tools/recordings.sh [EXAMPLE …]
set -e
cd "$(dirname "$0")/.."
mkdir -p public/recordings out/recordings
for example in ${*:-ledger-grpo ledger-motif ledger-sft chains-reft knights-merf}; do
  rm -rf "out/recordings/$example"
  npm run -s train -- --spec "examples/$example.json" --out "out/recordings/$example" --record "public/recordings/$example.json.gz"
done
node tools/recordings-index.mjs
