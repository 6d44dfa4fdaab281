// RMSNorm (arXiv 1910.07467): y = w ∘ x · r,  r = 1 / sqrt(mean(x²) + eps).  One thread a row.
//
//   dx += r · (g − x · r² · mean(g ∘ x)),   g = w ∘ dy          (w is frozen)
//
// x, y [M, C], w [C].
override THREADS = 64u;
struct Shape { rows: u32, width: u32, eps: f32 }
@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

fn scaleOf(at: u32) -> f32 {
  var sum = 0.0;
  for (var c = 0u; c < shape.width; c++) { let v = x[at + c]; sum += v * v; }
  return 1.0 / sqrt(sum / f32(shape.width) + shape.eps);
}

@compute @workgroup_size(THREADS)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * THREADS;
  if (row >= shape.rows) { return; }
  let at = row * shape.width;
  let r = scaleOf(at);
  for (var c = 0u; c < shape.width; c++) { y[at + c] = w[c] * (x[at + c] * r); }
}

@compute @workgroup_size(THREADS)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * THREADS;
  if (row >= shape.rows) { return; }
  let at = row * shape.width;
  let r = scaleOf(at);
  var sum = 0.0;
  for (var c = 0u; c < shape.width; c++) { sum += w[c] * dy[at + c] * x[at + c]; }
  let k = r * r * sum / f32(shape.width);
  for (var c = 0u; c < shape.width; c++) { y[at + c] += r * (w[c] * dy[at + c] - x[at + c] * k); }
}
