// Turns a strip of a matrix round: x [strip, V] holds columns start … start + strip − 1 of y [V', C], for rows first … first + V' − 1.
//
//   y[v, start + c] = x[c, first + v]                       one thread a word of y
//
// wide: f32. half: f16, two a word, the rows of both padded to whole words; start is even.
override THREADS = 64u;
struct Shape { rows: u32, first: u32, all: u32, start: u32, strip: u32, width: u32 } // V', first, V, start, strip, C
@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(THREADS)
fn wide(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.rows * shape.strip) { return; }
  let row = i / shape.strip;
  let c = i % shape.strip;
  y[row * shape.width + shape.start + c] = x[c * shape.all + shape.first + row];
}

fn number(c: u32, v: u32) -> u32 {
  if (c >= shape.strip) { return 0u; }
  return (x[c * ((shape.all + 1u) / 2u) + v / 2u] >> (16u * (v % 2u))) & 0xffffu;
}

@compute @workgroup_size(THREADS)
fn half(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  let across = (shape.strip + 1u) / 2u;
  if (i >= shape.rows * across) { return; }
  let row = i / across;
  let c = 2u * (i % across);
  let v = shape.first + row;
  y[row * ((shape.width + 1u) / 2u) + (shape.start + c) / 2u] = number(c, v) | (number(c + 1u, v) << 16u);
}
