// SwiGLU's gate (arXiv 2002.05202): y = silu(a) ∘ b,  silu(a) = a / (1 + e^{−a}).  One thread a number.
//
//   da += dy ∘ b ∘ σ(a) (1 + a (1 − σ(a))),   db += dy ∘ silu(a)
override THREADS = 64u;
struct Shape { n: u32 }
@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read_write> da: array<f32>;
@group(0) @binding(6) var<storage, read_write> db: array<f32>;

@compute @workgroup_size(THREADS)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.n) { return; }
  y[i] = a[i] / (1.0 + exp(-a[i])) * b[i];
}

@compute @workgroup_size(THREADS)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.n) { return; }
  let s = 1.0 / (1.0 + exp(-a[i]));
  da[i] += dy[i] * b[i] * s * (1.0 + a[i] * (1.0 - s));
  db[i] += dy[i] * a[i] * s;
}
