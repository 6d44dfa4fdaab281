// Attention of one new token a row over cached keys and values: the prompt's, shared by all rows of its group, then the row's own.
//
//   append: keys, values of the new token go to the row's slot
//   attend: o = softmax(q·k / sqrt(D)) v over prompt and own tokens, the new one included; the same sums as attention.wgsl
//
// k, v [M, K·D]; promptK, promptV [prompt tokens, K·D]; own, ownV [slots, capacity, K·D]; sequences [M, 4] = slot, first prompt token,
// prompt length, 0; positions [M] of the new token. attend: one thread a row and head. D is HEAD, linked; a multiple of 4.
const HEAD = 64u;
const HEAD4 = HEAD / 4u;
override THREADS = 64u;
struct Shape { rows: u32, heads: u32, kvHeads: u32, scale: f32, capacity: u32 }
@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> q: array<vec4f>;
@group(0) @binding(2) var<storage, read> promptK: array<vec4f>;
@group(0) @binding(3) var<storage, read> promptV: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> ownK: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> ownV: array<vec4f>;
@group(0) @binding(6) var<storage, read> sequences: array<vec4u>;
@group(0) @binding(7) var<storage, read> positions: array<u32>;
@group(0) @binding(8) var<storage, read_write> o: array<vec4f>;
@group(0) @binding(9) var<storage, read> k: array<vec4f>;
@group(0) @binding(10) var<storage, read> v: array<vec4f>;

@compute @workgroup_size(THREADS)
fn append(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  let stride = shape.kvHeads * HEAD4;
  if (i >= shape.rows * stride) { return; }
  let sequence = sequences[i / stride];
  let at = (sequence.x * shape.capacity + positions[i / stride] - sequence.z) * stride + i % stride;
  ownK[at] = k[i];
  ownV[at] = v[i];
}

@compute @workgroup_size(THREADS)
fn attend(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.rows * shape.heads) { return; }
  let row = i / shape.heads;
  let kv = (i % shape.heads) / (shape.heads / shape.kvHeads);
  let stride = shape.kvHeads * HEAD4;
  let sequence = sequences[row];
  var query: array<vec4f, HEAD4>;
  var out: array<vec4f, HEAD4>;
  for (var d = 0u; d < HEAD4; d++) { query[d] = q[i * HEAD4 + d] * shape.scale; out[d] = vec4f(); }
  var top = -3.4e38;
  var sum = 0.0;
  for (var j = 0u; j < sequence.z; j++) {
    let at = (sequence.y + j) * stride + kv * HEAD4;
    var s = 0.0;
    for (var d = 0u; d < HEAD4; d++) { s += dot(query[d], promptK[at + d]); }
    let higher = max(top, s);
    let keep = exp(top - higher);
    let p = exp(s - higher);
    sum = sum * keep + p;
    for (var d = 0u; d < HEAD4; d++) { out[d] = out[d] * keep + p * promptV[at + d]; }
    top = higher;
  }
  for (var j = 0u; j <= positions[row] - sequence.z; j++) {
    let at = (sequence.x * shape.capacity + j) * stride + kv * HEAD4;
    var s = 0.0;
    for (var d = 0u; d < HEAD4; d++) { s += dot(query[d], ownK[at + d]); }
    let higher = max(top, s);
    let keep = exp(top - higher);
    let p = exp(s - higher);
    sum = sum * keep + p;
    for (var d = 0u; d < HEAD4; d++) { out[d] = out[d] * keep + p * ownV[at + d]; }
    top = higher;
  }
  for (var d = 0u; d < HEAD4; d++) { o[i * HEAD4 + d] = out[d] / sum; }
}
