// Rows picked from a table. One thread a number.
//
//   forward:  y[t, c] = table[ids[t] - first, c]            for ids in [first, first + count), else y stays as it is
//   backward: dtable[v, c] += Σ_t [ids[t] = v] dy[t, c]     in the order of t, so that equal ids always add up alike
//   scatter:  dtable[ids[t], c] += dy[t, c]                 the fast backward where no id appears twice
//
// ids [T], table [V, C], y [T, C]. `first` and `count` let a table live in several buffers.
override THREADS = 64u;
struct Shape { tokens: u32, width: u32, first: u32, count: u32 }
@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(THREADS)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.tokens * shape.width) { return; }
  let row = ids[i / shape.width] - shape.first;
  if (row < shape.count) { y[i] = x[row * shape.width + i % shape.width]; }
}

@compute @workgroup_size(THREADS)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.count * shape.width) { return; }
  let row = i / shape.width + shape.first;
  var sum = 0.0;
  for (var t = 0u; t < shape.tokens; t++) {
    if (ids[t] == row) { sum += x[t * shape.width + i % shape.width]; }
  }
  y[i] += sum;
}

@compute @workgroup_size(THREADS)
fn scatter(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.tokens * shape.width) { return; }
  y[ids[i / shape.width] * shape.width + i % shape.width] += x[i];
}
