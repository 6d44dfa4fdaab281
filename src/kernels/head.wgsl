// The LM head's softmax over vocabulary chunks: log-prob of one token and entropy of the whole distribution at each position.
// The logits l [M, W] of one chunk (columns first … first + W − 1, already divided by the temperature) come from matmul.nt and are
// gone with the next chunk; [tokens, vocabulary] never exists. One thread a row, `slope` one a number.
//
//   merge:  m' = max(m, max l),  s1' = e^{m−m'} s1 + Σ e^{l−m'},  s2' = e^{m−m'} (s2 + (m−m') s1) + Σ e^{l−m'} (l−m')
//   finish: lse = m + log s1,  logprob = l_y − lse,  entropy = log s1 − s2 / s1
//   slope:  l_v ← (dlogprob (1[v = y] − p_v) − dentropy p_v (log p_v + entropy)) / temperature,   p_v = e^{l_v − lse}
//
// Sums go 64 columns at a time: in one chain over a whole vocabulary, its many small e would be lost beside s1.
// running [M, 4] = m, s1, s2, l_y.  out [M, 2] = logprob, entropy.
override THREADS = 64u;
struct Shape { rows: u32, width: u32, first: u32, temperature: f32 }
@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read_write> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read_write> running: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> scores: array<vec2f>;
@group(0) @binding(5) var<storage, read> slopes: array<vec2f>;

@compute @workgroup_size(THREADS)
fn merge(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * THREADS;
  if (row >= shape.rows) { return; }
  let at = row * shape.width;
  var r = running[row];
  if (shape.first == 0u) { r = vec4f(-3.4e38, 0.0, 0.0, 0.0); }
  var top = r.x;
  for (var c = 0u; c < shape.width; c++) { top = max(top, logits[at + c]); }
  let keep = exp(r.x - top);
  var s1 = keep * r.y;
  var s2 = 0.0;
  if (r.y > 0.0) { s2 = keep * (r.z + (r.x - top) * r.y); }
  for (var block = 0u; block < shape.width; block += 64u) {
    var part = vec2f();
    for (var c = block; c < min(block + 64u, shape.width); c++) {
      let l = logits[at + c] - top;
      let e = exp(l);
      part += vec2f(e, e * l);
    }
    s1 += part.x;
    s2 += part.y;
  }
  var chosen = r.w;
  let column = targets[row] - shape.first;
  if (column < shape.width) { chosen = logits[at + column]; }
  running[row] = vec4f(top, s1, s2, chosen);
}

@compute @workgroup_size(THREADS)
fn finish(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * THREADS;
  if (row >= shape.rows) { return; }
  let r = running[row];
  scores[row] = vec2f(r.w - r.x - log(r.y), log(r.y) - r.z / r.y);
}

@compute @workgroup_size(THREADS)
fn slope(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.rows * shape.width) { return; }
  let row = i / shape.width;
  let r = running[row];
  let logp = logits[i] - r.x - log(r.y);
  let p = exp(logp);
  let hit = select(0.0, 1.0, i % shape.width + shape.first == targets[row]);
  let d = slopes[row];
  logits[i] = (d.x * (hit - p) - d.y * p * (logp + scores[row].y)) / shape.temperature;
}
