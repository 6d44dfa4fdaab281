#!/bin/sh
# Writes src/policy/tinker/wire_pb.ts from wire.proto. The generators are not among the project's packages: they are put into a folder of
# their own, which goes again.
set -e
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --prefix "$folder" --no-audit --no-fund --silent @bufbuild/buf@1 @bufbuild/protoc-gen-es@2.17.0
PATH="$folder/node_modules/.bin:$PATH" buf generate --template buf.gen.yaml .
