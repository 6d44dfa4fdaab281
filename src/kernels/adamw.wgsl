// AdamW (arXiv 1711.05101) on flat parameters [P], with the global gradient norm clipped as torch's clip_grad_norm_ does.
//
//   squares: partial[i] = Σ g² over block i;   norm: total = [ ‖g‖, min(1, max / (‖g‖ + 1e-6)) ]
//   forward: g ← clip · g,  p ← p (1 − lr wd),  m ← β1 m + (1 − β1) g,  v ← β2 v + (1 − β2) g²,
//            p ← p − lr / (1 − β1ᵗ) · m / (sqrt(v) / sqrt(1 − β2ᵗ) + eps),  g ← 0
// with a learning rate of its own for the numbers from `head` on.
//
// A gradient that is not finite leaves everything as it was; it is found by its bits, since x != x may be compiled away.
override THREADS = 64u;
struct Shape { n: u32, block: u32, blocks: u32, maxNorm: f32, stepSize: f32, beta1: f32, beta2: f32, root: f32, eps: f32, decay: f32,
  head: u32, headStepSize: f32, headDecay: f32 }
@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read_write> g: array<f32>;
@group(0) @binding(2) var<storage, read_write> partial: array<f32>;
@group(0) @binding(3) var<storage, read_write> total: array<f32>;
@group(0) @binding(4) var<storage, read_write> p: array<f32>;
@group(0) @binding(5) var<storage, read_write> m: array<f32>;
@group(0) @binding(6) var<storage, read_write> v: array<f32>;

@compute @workgroup_size(THREADS)
fn squares(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.blocks) { return; }
  var sum = 0.0;
  for (var j = i * shape.block; j < min((i + 1u) * shape.block, shape.n); j++) { sum += g[j] * g[j]; }
  partial[i] = sum;
}

@compute @workgroup_size(1)
fn norm() {
  var sum = 0.0;
  for (var i = 0u; i < shape.blocks; i++) { sum += partial[i]; }
  total[0] = sqrt(sum);
  total[1] = 1.0;
  if (shape.maxNorm > 0.0) { total[1] = min(1.0, shape.maxNorm / (total[0] + 1e-6)); }
}

@compute @workgroup_size(THREADS)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.n) { return; }
  let finite = (bitcast<u32>(total[0]) & 0x7f800000u) != 0x7f800000u;
  if (finite) {
    let slope = g[i] * total[1];
    m[i] = shape.beta1 * m[i] + (1.0 - shape.beta1) * slope;
    v[i] = shape.beta2 * v[i] + (1.0 - shape.beta2) * slope * slope;
    let ofHead = i >= shape.head;
    let decay = select(shape.decay, shape.headDecay, ofHead);
    let stepSize = select(shape.stepSize, shape.headStepSize, ofHead);
    p[i] = p[i] * (1.0 - decay) - stepSize * m[i] / (sqrt(v[i]) / shape.root + shape.eps);
  }
  g[i] = 0.0;
}
