// y[i] = 0
override THREADS = 64u;
struct Shape { n: u32 }
@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(THREADS)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let first = 16u * (id.x + id.y * groups.x * THREADS);
  for (var i = first; i < min(first + 16u, shape.n); i++) { y[i] = 0.0; }
}
