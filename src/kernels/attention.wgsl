// Causal attention with grouped heads (GQA, arXiv 2305.13245) over packed rows, without a [T, T] buffer (arXiv 2205.14135).
// Rows may begin with a prefix whose keys and values lie apart, so that many rows share one prompt.
//
//   s_j = q·k_j / sqrt(D),  p = softmax(s) over the row's prefix and its tokens up to q itself,  o = Σ_j p_j v_j,  lse = log Σ_j e^{s_j}
//
//   delta = Σ_d do·o,  ds_j = p_j (do·v_j − delta),   dq = Σ_j ds_j k_j / sqrt(D),  dk_j = Σ ds_j q / sqrt(D),  dv_j = Σ p_j do
//
// q, o [T, H·D], k, v [T, K·D], prefixK, prefixV [P, K·D], sums [T, H, 2] = lse, delta.  rows [T, 2]: first token and end of each
// token's row; with prefixes [2·T, 2]: then first token and end of each token's prefix.
// forward and backwardQ run one thread a token and head, backwardKV one a key and kv head: sums need no atomics. The backwards go
// over the rows' own keys, then (shape.prefix) over the prefixes', bound as k and v: there rows [P, 2] are the queries that see a key,
// and shape.tokens is P. backwardKV goes on from what dk and dv hold, query by query: queries may come in any number of launches.
// D is HEAD, linked; a multiple of 4.
const HEAD = 64u;
const HEAD4 = HEAD / 4u;
override THREADS = 64u;
struct Shape { tokens: u32, heads: u32, kvHeads: u32, scale: f32, prefix: u32 }
@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> q: array<vec4f>;
@group(0) @binding(2) var<storage, read> k: array<vec4f>;
@group(0) @binding(3) var<storage, read> v: array<vec4f>;
@group(0) @binding(4) var<storage, read> rows: array<vec2u>;
@group(0) @binding(5) var<storage, read_write> sums: array<vec2f>;
@group(0) @binding(6) var<storage, read_write> o: array<vec4f>;
@group(0) @binding(7) var<storage, read> dO: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> dq: array<vec4f>;
@group(0) @binding(9) var<storage, read_write> dk: array<vec4f>;
@group(0) @binding(10) var<storage, read_write> dv: array<vec4f>;
@group(0) @binding(11) var<storage, read> prefixK: array<vec4f>;
@group(0) @binding(12) var<storage, read> prefixV: array<vec4f>;

@compute @workgroup_size(THREADS)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.tokens * shape.heads) { return; }
  let token = i / shape.heads;
  let kv = (i % shape.heads) / (shape.heads / shape.kvHeads);
  let stride = shape.kvHeads * HEAD4;
  var query: array<vec4f, HEAD4>;
  var out: array<vec4f, HEAD4>;
  for (var d = 0u; d < HEAD4; d++) { query[d] = q[i * HEAD4 + d] * shape.scale; out[d] = vec4f(); }
  var top = -3.4e38;
  var sum = 0.0;
  var prefix = vec2u();
  if (shape.prefix != 0u) { prefix = rows[shape.tokens + token]; }
  for (var j = prefix.x; j < prefix.y; j++) {
    let at = j * stride + kv * HEAD4;
    var s = 0.0;
    for (var d = 0u; d < HEAD4; d++) { s += dot(query[d], prefixK[at + d]); }
    let higher = max(top, s);
    let keep = exp(top - higher);
    let p = exp(s - higher);
    sum = sum * keep + p;
    for (var d = 0u; d < HEAD4; d++) { out[d] = out[d] * keep + p * prefixV[at + d]; }
    top = higher;
  }
  for (var j = rows[token].x; j <= token; j++) {
    let at = j * stride + kv * HEAD4;
    var s = 0.0;
    for (var d = 0u; d < HEAD4; d++) { s += dot(query[d], k[at + d]); }
    let higher = max(top, s);
    let keep = exp(top - higher);
    let p = exp(s - higher);
    sum = sum * keep + p;
    for (var d = 0u; d < HEAD4; d++) { out[d] = out[d] * keep + p * v[at + d]; }
    top = higher;
  }
  sums[i] = vec2f(top + log(sum), 0.0);
  for (var d = 0u; d < HEAD4; d++) { o[i * HEAD4 + d] = out[d] / sum; }
}

@compute @workgroup_size(THREADS)
fn backwardQ(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.tokens * shape.heads) { return; }
  let token = i / shape.heads;
  let kv = (i % shape.heads) / (shape.heads / shape.kvHeads);
  let stride = shape.kvHeads * HEAD4;
  var query: array<vec4f, HEAD4>;
  var slope: array<vec4f, HEAD4>;
  var sum: array<vec4f, HEAD4>;
  var inner = 0.0;
  for (var d = 0u; d < HEAD4; d++) {
    query[d] = q[i * HEAD4 + d] * shape.scale;
    slope[d] = dO[i * HEAD4 + d];
    inner += dot(slope[d], o[i * HEAD4 + d]);
    sum[d] = vec4f();
  }
  let total = sums[i].x;
  sums[i].y = inner;
  var keys = vec2u(rows[token].x, token + 1u);
  if (shape.prefix != 0u) { keys = rows[shape.tokens + token]; }
  for (var j = keys.x; j < keys.y; j++) {
    let at = j * stride + kv * HEAD4;
    var s = 0.0;
    var dp = 0.0;
    for (var d = 0u; d < HEAD4; d++) { s += dot(query[d], k[at + d]); dp += dot(slope[d], v[at + d]); }
    let ds = exp(s - total) * (dp - inner) * shape.scale;
    for (var d = 0u; d < HEAD4; d++) { sum[d] += ds * k[at + d]; }
  }
  for (var d = 0u; d < HEAD4; d++) { dq[i * HEAD4 + d] += sum[d]; }
}

@compute @workgroup_size(THREADS)
fn backwardKV(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.tokens * shape.kvHeads) { return; }
  let token = i / shape.kvHeads;
  let kv = i % shape.kvHeads;
  let share = shape.heads / shape.kvHeads;
  var key: array<vec4f, HEAD4>;
  var value: array<vec4f, HEAD4>;
  var sumK: array<vec4f, HEAD4>;
  var sumV: array<vec4f, HEAD4>;
  for (var d = 0u; d < HEAD4; d++) {
    key[d] = k[i * HEAD4 + d] * shape.scale;
    value[d] = v[i * HEAD4 + d];
    sumK[d] = dk[i * HEAD4 + d];
    sumV[d] = dv[i * HEAD4 + d];
  }
  let first = select(token, rows[token].x, shape.prefix != 0u);
  for (var t = first; t < rows[token].y; t++) {
    for (var h = kv * share; h < (kv + 1u) * share; h++) {
      let at = (t * shape.heads + h) * HEAD4;
      var s = 0.0;
      var dp = 0.0;
      for (var d = 0u; d < HEAD4; d++) { s += dot(q[at + d], key[d]); dp += dot(dO[at + d], value[d]); }
      let known = sums[t * shape.heads + h];
      let p = exp(s - known.x);
      let ds = p * (dp - known.y) * shape.scale;
      for (var d = 0u; d < HEAD4; d++) { sumK[d] += ds * q[at + d]; sumV[d] += p * dO[at + d]; }
    }
  }
  for (var d = 0u; d < HEAD4; d++) { dk[i * HEAD4 + d] = sumK[d]; dv[i * HEAD4 + d] = sumV[d]; }
}
