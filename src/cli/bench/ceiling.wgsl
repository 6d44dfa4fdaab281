// What a device can do at most, in the shapes that the kernels have: barrier-free, one thread by itself.
//
//   copy:  y[i] = x[i], four numbers a thread
//   fma16: sixteen chains a ← a · b + c of four numbers each, `rounds` long, in registers: 128 FLOP a round and thread
//
// x, y [4·n].
override THREADS = 64u;
struct Shape { n: u32, rounds: u32, b: f32, c: f32 }
@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(THREADS)
fn copy(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.n) { return; }
  y[i] = x[i];
}

@compute @workgroup_size(THREADS)
fn fma16(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * THREADS;
  if (i >= shape.n) { return; }
  let b = vec4f(shape.b);
  let c = vec4f(shape.c);
  let start = x[i];
  var a0 = start; var a1 = start + 1.0; var a2 = start + 2.0; var a3 = start + 3.0;
  var a4 = start + 4.0; var a5 = start + 5.0; var a6 = start + 6.0; var a7 = start + 7.0;
  var a8 = start + 8.0; var a9 = start + 9.0; var aa = start + 10.0; var ab = start + 11.0;
  var ac = start + 12.0; var ad = start + 13.0; var ae = start + 14.0; var af = start + 15.0;
  for (var round = 0u; round < shape.rounds; round++) {
    a0 = fma(a0, b, c); a1 = fma(a1, b, c); a2 = fma(a2, b, c); a3 = fma(a3, b, c);
    a4 = fma(a4, b, c); a5 = fma(a5, b, c); a6 = fma(a6, b, c); a7 = fma(a7, b, c);
    a8 = fma(a8, b, c); a9 = fma(a9, b, c); aa = fma(aa, b, c); ab = fma(ab, b, c);
    ac = fma(ac, b, c); ad = fma(ad, b, c); ae = fma(ae, b, c); af = fma(af, b, c);
  }
  y[i] = a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + aa + ab + ac + ad + ae + af;
}
