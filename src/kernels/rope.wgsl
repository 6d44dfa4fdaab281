// Rotary position embedding, half-split as Hugging Face has it (arXiv 2104.09864). One thread a pair of numbers.
//
//   y[i] = x[i]·cos − x[i+D/2]·sin,   y[i+D/2] = x[i+D/2]·cos + x[i]·sin        for i < D/2 of every head
//
// The backward is the rotation the other way. x, y [T, H·D]; cos, sin [positions, D/2] come from the CPU in f64,
// because WGSL's own are good to 2⁻¹¹ only; positions [T].
override THREADS = 64u;
struct Shape { tokens: u32, width: u32, half: u32 }
@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> cosines: array<f32>;
@group(0) @binding(3) var<storage, read> sines: array<f32>;
@group(0) @binding(4) var<storage, read> positions: array<u32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

struct Pair { a: u32, b: u32, cos: f32, sin: f32, inside: bool }

fn pair(id: vec3u, groups: vec3u) -> Pair {
  let i = id.x + id.y * groups.x * THREADS;
  let pairs = shape.width / 2u;
  if (i >= shape.tokens * pairs) { return Pair(0u, 0u, 0.0, 0.0, false); }
  let token = i / pairs;
  let head = (i % pairs) / shape.half;
  let d = i % shape.half;
  let a = token * shape.width + head * 2u * shape.half + d;
  let at = positions[token] * shape.half + d;
  return Pair(a, a + shape.half, cosines[at], sines[at], true);
}

@compute @workgroup_size(THREADS)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let p = pair(id, groups);
  if (!p.inside) { return; }
  y[p.a] = x[p.a] * p.cos - x[p.b] * p.sin;
  y[p.b] = x[p.b] * p.cos + x[p.a] * p.sin;
}

@compute @workgroup_size(THREADS)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let p = pair(id, groups);
  if (!p.inside) { return; }
  y[p.a] += x[p.a] * p.cos + x[p.b] * p.sin;
  y[p.b] += x[p.b] * p.cos - x[p.a] * p.sin;
}
