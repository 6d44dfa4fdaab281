// One token for each row, drawn in the LM head's epilogue by the Gumbel-max trick: argmax_v l_v + G_v is distributed as
// softmax(l). Logits come in vocabulary chunks (already divided by the temperature) and no logit goes back to the CPU.
//
//   merge:  best key, its logit and id so far; m and s1 = Σ e^{l−m} of the softmax.  Ties go to the lowest id.
//   finish: writes the token and its log-prob under the full vocabulary, and makes it the next input
//
// Gumbel-max over a part of the vocabulary is an exact draw from the softmax of that part. Top-k, top-p and min-p all keep the
// tokens with d = m − l at most some bound, and the bits of a float d ≥ 0, read as u32, are in the order of d. So between a
// `merge` (here only for m and s1) and the draw, each of the first two finds its bound digit by digit, from the highest:
//
//   narrow: adds each token whose bits begin with the digits found, with weight 1 (top-k) or e^{−d} (top-p), to the bin of its
//           next digit; after the last chunk, takes the first bin with which the sum from the smallest d reaches the goal
//           (k, or p of what top-k left), and leaves the rest of the goal to the next digit
//   draw:   best key, its logit and id, among the tokens within the bounds
//
// So ties with the last token that is kept are kept, and so is the token that crosses p. Min-p: d ≤ −log(min p). Each digit costs
// a pass over all chunks: long digits and many bins; a vocabulary of one chunk takes short ones, all of them in one launch.
//
// G_v = −log E, E = −log(1 − u), u uniform in (0, 1) from a hash of (key, number of the token, v): PCG4D (Jarzynski, Olano 2020).
// The winning tail is small u, where log(1 − u) has no accuracy left: there E = u + u²/2 + u³/3.
//
// logits [M, W]; best [M, 4] = key, logit, id as a number (its bits would be a denormal and might be flushed), 0;
// running [M, 2] = m, s1; keys [M, 2];
// positions [M]: of the last token put in; ids [M]; drawn [n, slots, 2] = token, log-prob bits;
// cuts [M] = digits found so far, bits of what is left of the goal, bound on d, 0; bins [BINS, M]. One thread a row.
override THREADS = 64u;
const BITS = 11u; // of a digit; 3 digits of 11, 11 and 10 bits, or linked with 4: 8 digits
const BINS = 1u << BITS;
const EVERYTHING = 0xffffffffu;
const NEVER = 3.4e38;
struct Shape {
  rows: u32, width: u32, first: u32, greedy: u32, slots: u32,
  bounded: u32, // whether an earlier rule has left a bound in cuts
  most: f32, // min-p: the largest d that is kept
  last: u32, // whether this is the last chunk of the vocabulary
  digit: u32, digits: u32, // the first one to find, 0 being the highest, and how many; more than one needs all of it in one chunk
  mass: u32, // 0: goal tokens are kept; 1: that part of the mass
  goal: f32,
}
@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> best: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> running: array<vec2f>;
@group(0) @binding(4) var<storage, read> keys: array<vec2u>;
@group(0) @binding(5) var<storage, read> sequences: array<vec4u>; // slot, first prompt token, prompt length, 0
@group(0) @binding(6) var<storage, read_write> positions: array<u32>;
@group(0) @binding(7) var<storage, read_write> ids: array<u32>;
@group(0) @binding(8) var<storage, read_write> drawn: array<vec2u>;
@group(0) @binding(9) var<storage, read_write> cuts: array<vec4u>;
@group(0) @binding(10) var<storage, read_write> bins: array<f32>;

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
  for (var block = 0u; block < shape.width; block += 64u) { // summed as head.wgsl does
    var part = 0.0;
    for (var c = block; c < min(block + 64u, shape.width); c++) { part += exp(logits[at + c] - top); }
    s1 += part;
  }
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

@compute @workgroup_size(THREADS)
fn narrow(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * THREADS;
  if (row >= shape.rows) { return; }
  let at = row * shape.width;
  let top = running[row].x;
  var cut = cuts[row];
  if (shape.digit == 0u) {
    cut.x = 0u;
    if (shape.bounded == 0u) { cut.z = EVERYTHING; }
  }
  for (var digit = shape.digit; digit < shape.digit + shape.digits; digit++) {
    let length = min(BITS, 32u - BITS * digit);
    let shift = 32u - BITS * digit - length;
    let bins_here = 1u << length;
    if (shape.first == 0u) {
      for (var b = 0u; b < bins_here; b++) { bins[b * shape.rows + row] = 0.0; }
    }
    for (var c = 0u; c < shape.width; c++) {
      let d = abs(top - logits[at + c]); // of -0 and 0, which tie, the difference may be -0
      let bits = bitcast<u32>(d);
      let begin = bits >> shift;
      if (bits <= cut.z && (begin >> length) == cut.x) {
        var weight = 1.0;
        if (shape.mass == 1u) { weight = exp(-d); }
        bins[(begin & (bins_here - 1u)) * shape.rows + row] += weight;
      }
    }
    if (shape.last == 1u) {
      var rest = bitcast<f32>(cut.y);
      if (digit == 0u) {
        rest = shape.goal;
        if (shape.mass == 1u) {
          var sum = 0.0;
          for (var b = 0u; b < bins_here; b++) { sum += bins[b * shape.rows + row]; }
          rest *= sum;
        }
      }
      var found = bins_here;
      for (var b = 0u; b < bins_here; b++) {
        let weight = bins[b * shape.rows + row];
        if (weight > 0.0 && weight >= rest) { found = b; break; }
        rest -= weight;
      }
      // rounding, or a goal above all there is: everything that begins with the digits found is kept, whatever its next ones
      if (found == bins_here) { found = bins_here - 1u; rest = NEVER; }
      cut.x = (cut.x << length) | found;
      cut.y = bitcast<u32>(rest);
      if (shift == 0u) { cut.z = min(cut.z, cut.x); }
    }
  }
  cuts[row] = cut;
}

@compute @workgroup_size(THREADS)
fn draw(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * THREADS;
  if (row >= shape.rows) { return; }
  let at = row * shape.width;
  let count = positions[row] + 1u - sequences[row].z;
  let key = keys[row];
  let top = running[row].x;
  let bound = select(EVERYTHING, cuts[row].z, shape.bounded == 1u);
  var winner = best[row];
  if (shape.first == 0u) { winner = vec4f(-3.4e38, 0.0, 0.0, 0.0); }
  for (var c = 0u; c < shape.width; c++) {
    let l = logits[at + c];
    let d = abs(top - l);
    if (bitcast<u32>(d) <= bound && d <= shape.most) {
      let value = l + gumbel(hash(key, count, shape.first + c));
      if (value > winner.x) { winner = vec4f(value, l, f32(shape.first + c), 0.0); }
    }
  }
  best[row] = winner;
}
