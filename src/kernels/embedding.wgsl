// Rows picked from a table. One thread a number; forward: four.
//
//   forward:  y[t, c] = table[ids[t] - first, c]            for ids in [first, first + count), else y stays as it is
//   backward: dtable[v, c] += Σ_t [ids[t] = v] dy[t, c]     in the order of t, so that equal ids always add up alike
//   scatter:  dtable[ids[t], c] += dy[t, c]                 the fast backward where no id appears twice
//
// ids [T], table [V, C] through a loader, y [T, C]. `first` and `count` let a table live in several buffers.
override THREADS = 64u;
struct Shape { tokens: u32, width: u32, first: u32, count: u32 }
@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;

// loader of f32; another may take the place of these lines
@group(0) @binding(2) var<storage, read> w: array<f32>;

fn w4(row: u32, column: u32, width: u32) -> vec4f {
  let at = row * width + column;
  return vec4f(w[at], w[at + 1u], w[at + 2u], w[at + 3u]);
}
// end of loader

@compute @workgroup_size(THREADS)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  let fours = (shape.width + 3u) / 4u;
  if (i >= shape.tokens * fours) { return; }
  let row = ids[i / fours] - shape.first;
  if (row >= shape.count) { return; }
  let column = 4u * (i % fours);
  let value = w4(row, column, shape.width);
  let at = i / fours * shape.width + column;
  let left = shape.width - column;
  y[at] = value.x;
  if (left > 1u) { y[at + 1u] = value.y; }
  if (left > 2u) { y[at + 2u] = value.z; }
  if (left > 3u) { y[at + 3u] = value.w; }
}

@compute @workgroup_size(THREADS)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.count * shape.width) { return; }
  let row = i / shape.width + shape.first;
  var sum = 0.0;
  for (var t = 0u; t < shape.tokens; t++) {
    if (ids[t] == row) { sum += dy[t * shape.width + i % shape.width]; }
  }
  y[i] += sum;
}

@compute @workgroup_size(THREADS)
fn scatter(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.tokens * shape.width) { return; }
  y[ids[i / shape.width] * shape.width + i % shape.width] += dy[i];
}
