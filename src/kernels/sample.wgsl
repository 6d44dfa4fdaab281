// One token for each row, drawn in the LM head's epilogue by the Gumbel-max trick: argmax_v l_v + G_v is distributed as
// softmax(l). Logits come in vocabulary chunks (already divided by the temperature) and no logit goes back to the CPU.
//
//   merge:  best key, its logit and id so far; m and s1 = Σ e^{l−m} of the softmax.  Ties go to the lowest id.
//   finish: writes the token and its log-prob under the full vocabulary, and makes it the next input
//
// G_v = −log E, E = −log(1 − u), u uniform in (0, 1) from a hash of (key, number of the token, v): PCG4D (Jarzynski, Olano 2020).
// The winning tail is small u, where log(1 − u) has no accuracy left: there E = u + u²/2 + u³/3.
//
// logits [M, W]; best [M, 4] = key, logit, id as a number (its bits would be a denormal and might be flushed), 0;
// running [M, 2] = m, s1; keys [M, 2];
// positions [M]: of the last token put in; ids [M]; drawn [n, slots, 2] = token, log-prob bits. One thread a row.
override THREADS = 64u;
struct Shape { rows: u32, width: u32, first: u32, greedy: u32, slots: u32 }
@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> best: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> running: array<vec2f>;
@group(0) @binding(4) var<storage, read> keys: array<vec2u>;
@group(0) @binding(5) var<storage, read> sequences: array<vec4u>; // slot, first prompt token, prompt length, 0
@group(0) @binding(6) var<storage, read_write> positions: array<u32>;
@group(0) @binding(7) var<storage, read_write> ids: array<u32>;
@group(0) @binding(8) var<storage, read_write> drawn: array<vec2u>;

fn hash(key: vec2u, token: u32, v: u32) -> u32 {
  var h = vec4u(key, token, v) * 1664525u + 1013904223u;
  h.x += h.y * h.w; h.y += h.z * h.x; h.z += h.x * h.y; h.w += h.y * h.z;
  h ^= h >> vec4u(16u);
  h.x += h.y * h.w; h.y += h.z * h.x; h.z += h.x * h.y; h.w += h.y * h.z;
  return h.x;
}

fn gumbel(bits: u32) -> f32 {
  let u = (f32(bits) + 0.5) * 2.3283064365386963e-10;
  let e = select(-log(max(1.0 - u, 1e-30)), u * (1.0 + u * (0.5 + u / 3.0)), u < 0.01);
  return -log(e);
}

@compute @workgroup_size(THREADS)
fn merge(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * THREADS;
  if (row >= shape.rows) { return; }
  let at = row * shape.width;
  let count = positions[row] + 1u - sequences[row].z;
  let key = keys[row];
  var winner = best[row];
  var sum = running[row];
  if (shape.first == 0u) { winner = vec4f(-3.4e38, 0.0, 0.0, 0.0); sum = vec2f(-3.4e38, 0.0); }
  var top = sum.x;
  for (var c = 0u; c < shape.width; c++) {
    let l = logits[at + c];
    top = max(top, l);
    var value = l;
    if (shape.greedy == 0u) { value += gumbel(hash(key, count, shape.first + c)); }
    if (value > winner.x) { winner = vec4f(value, l, f32(shape.first + c), 0.0); }
  }
  var s1 = sum.y * exp(sum.x - top);
  for (var c = 0u; c < shape.width; c++) { s1 += exp(logits[at + c] - top); }
  best[row] = winner;
  running[row] = vec2f(top, s1);
}

@compute @workgroup_size(THREADS)
fn finish(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * THREADS;
  if (row >= shape.rows) { return; }
  let token = u32(best[row].z);
  let logprob = best[row].y - running[row].x - log(running[row].y);
  let count = positions[row] + 1u - sequences[row].z;
  drawn[count * shape.slots + sequences[row].x] = vec2u(token, bitcast<u32>(logprob));
  ids[row] = token;
  positions[row] += 1u;
}
