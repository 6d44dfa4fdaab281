#!/bin/sh
# The recorded runs that come with the page, one of each method on the bundled model: sh tools/recordings.sh [METHOD …]
set -e
cd "$(dirname "$0")/.."
mkdir -p public/recordings out/recordings
for method in ${*:-grpo motif sft ppo reft}; do
  rm -rf "out/recordings/$method"
  npm run -s train -- --spec "examples/ledger-$method.json" --out "out/recordings/$method" --record "public/recordings/$method.json.gz"
done
node tools/recordings-index.mjs
