// Stands in for onnxruntime-node, whose install script downloads binaries: in Node the WASM build does the same work.
module.exports = require('onnxruntime-web')
