// A linear value head on hidden states: y[t] = b + Σ_c w[c] x[t, c].  forward: one thread a row; slope: one a number; learn: one a weight.
//
//   slope:  dx[t, c] += dy[t] w[c]
//   learn:  dw[c] += Σ_t dy[t] x[t, c],   db += Σ_t dy[t]       one after another from what is there, so that pieces add up to the bit
//
// x [T, C], w [C], b [1], y [T].
override THREADS = 64u;
struct Shape { rows: u32, width: u32 }
@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read> dy: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;
@group(0) @binding(7) var<storage, read_write> dw: array<f32>;
@group(0) @binding(8) var<storage, read_write> db: array<f32>;

@compute @workgroup_size(THREADS)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * THREADS;
  if (row >= shape.rows) { return; }
  var sum = 0.0;
  for (var c = 0u; c < shape.width; c++) { sum += w[c] * x[row * shape.width + c]; }
  y[row] = sum + b[0];
}

@compute @workgroup_size(THREADS)
fn slope(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.rows * shape.width) { return; }
  dx[i] += dy[i / shape.width] * w[i % shape.width];
}

@compute @workgroup_size(THREADS)
fn learn(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let c = id.x + id.y * groups.x * THREADS;
  if (c > shape.width) { return; }
  if (c == shape.width) {
    var sum = db[0];
    for (var t = 0u; t < shape.rows; t++) { sum += dy[t]; }
    db[0] = sum;
    return;
  }
  var sum = dw[c];
  for (var t = 0u; t < shape.rows; t++) { sum += dy[t] * x[t * shape.width + c]; }
  dw[c] = sum;
}
