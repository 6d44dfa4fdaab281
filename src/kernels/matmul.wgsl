// Matrix products with an optional bias and low-rank (LoRA, arXiv 2106.09685) term; barrier-free tier.
//
//   nn: y[m,n] (+)= scale · Σ_k x[m,k] w[k,n]  + bias[n] + loraScale · Σ_r u[m,r] b[r,n]      x [M,K], w [K,N], u [M,R]
//   nt: y[m,n] (+)= scale · Σ_k x[m,k] w[n,k]  + bias[n] + loraScale · Σ_r u[m,r] b[r,n]      x [M,K], w [N,K], u [M,R]
//   tn: y[i,j]  += scale · Σ_rows ( Σ_{t in row} x[t,i] w[t,j] )                              x [T,M], w [T,N], rows [B+1]
//
// b[r,n] lies at r · down + n · across: a matrix either way round. A linear layer's weights are kept as their file has them, so
// its forward is nn for [in, out] (f32 and f16 of ONNX) and nt for [out, in] (packed ones, the LM head), and its backward with
// respect to x the other one, over the same bytes. w comes through a loader: four numbers of a row from a column that 4 divides.
// tn is a gradient of LoRA's matrices. It sums each row (sequence) by itself and adds the rows in order, so that the result does
// not depend on how rows were put into micro-batches.
//
// Each thread makes 4 × 16 outputs of nn and 4 × 4 of nt and tn in named registers: arrays would go through memory.
// Reads past an edge give garbage that is never stored; no size needs to be a multiple of anything.
override THREADS = 64u;
struct Shape {
  m: u32, k: u32, n: u32, rank: u32, scale: f32, loraScale: f32, add: u32, bias: u32,
  across: u32, down: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> u: array<f32>;
@group(0) @binding(6) var<storage, read> b: array<f32>;
@group(0) @binding(7) var<storage, read> rows: array<u32>;

// loader of f32; another may take the place of these lines
@group(0) @binding(2) var<storage, read> w: array<f32>;

fn w4(row: u32, column: u32, width: u32) -> vec4f {
  let at = row * width + column;
  return vec4f(w[at], w[at + 1u], w[at + 2u], w[at + 3u]);
}
// end of loader

fn store(row: u32, column: u32, value: vec4f) {
  if (row >= shape.m) { return; }
  let at = row * shape.n + column;
  let left = shape.n - column;
  if (shape.add != 0u) {
    y[at] += value.x;
    if (left > 1u) { y[at + 1u] += value.y; }
    if (left > 2u) { y[at + 2u] += value.z; }
    if (left > 3u) { y[at + 3u] += value.w; }
  } else {
    y[at] = value.x;
    if (left > 1u) { y[at + 1u] = value.y; }
    if (left > 2u) { y[at + 2u] = value.z; }
    if (left > 3u) { y[at + 3u] = value.w; }
  }
}

fn x4(at: u32) -> vec4f { return vec4f(x[at], x[at + 1u], x[at + 2u], x[at + 3u]); }
fn y4(at: u32) -> vec4f { return vec4f(y[at], y[at + 1u], y[at + 2u], y[at + 3u]); }
fn bias4(at: u32) -> vec4f { return vec4f(bias[at], bias[at + 1u], bias[at + 2u], bias[at + 3u]); }

fn b4(r: u32, column: u32) -> vec4f {
  let at = r * shape.down + column * shape.across;
  return vec4f(b[at], b[at + shape.across], b[at + 2u * shape.across], b[at + 3u * shape.across]);
}

@compute @workgroup_size(THREADS)
fn nn(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let tile = id.x + id.y * groups.x * THREADS;
  let across = (shape.n + 15u) / 16u;
  let row = 4u * (tile / across);
  let column = 16u * (tile % across);
  if (row >= shape.m) { return; }
  let last = shape.m - 1u;
  let x0 = row * shape.k;
  let x1 = min(row + 1u, last) * shape.k;
  let x2 = min(row + 2u, last) * shape.k;
  let x3 = min(row + 3u, last) * shape.k;

  var y00 = vec4f(); var y01 = vec4f(); var y02 = vec4f(); var y03 = vec4f();
  var y10 = vec4f(); var y11 = vec4f(); var y12 = vec4f(); var y13 = vec4f();
  var y20 = vec4f(); var y21 = vec4f(); var y22 = vec4f(); var y23 = vec4f();
  var y30 = vec4f(); var y31 = vec4f(); var y32 = vec4f(); var y33 = vec4f();
  for (var k = 0u; k < shape.k; k++) {
    let w0 = w4(k, column, shape.n); let w1 = w4(k, column + 4u, shape.n);
    let w2 = w4(k, column + 8u, shape.n); let w3 = w4(k, column + 12u, shape.n);
    let a0 = x[x0 + k]; let a1 = x[x1 + k]; let a2 = x[x2 + k]; let a3 = x[x3 + k];
    y00 += a0 * w0; y01 += a0 * w1; y02 += a0 * w2; y03 += a0 * w3;
    y10 += a1 * w0; y11 += a1 * w1; y12 += a1 * w2; y13 += a1 * w3;
    y20 += a2 * w0; y21 += a2 * w1; y22 += a2 * w2; y23 += a2 * w3;
    y30 += a3 * w0; y31 += a3 * w1; y32 += a3 * w2; y33 += a3 * w3;
  }
  let s = shape.scale;
  y00 *= s; y01 *= s; y02 *= s; y03 *= s;
  y10 *= s; y11 *= s; y12 *= s; y13 *= s;
  y20 *= s; y21 *= s; y22 *= s; y23 *= s;
  y30 *= s; y31 *= s; y32 *= s; y33 *= s;
  if (shape.bias != 0u) {
    let c0 = bias4(column); let c1 = bias4(column + 4u); let c2 = bias4(column + 8u); let c3 = bias4(column + 12u);
    y00 += c0; y01 += c1; y02 += c2; y03 += c3;
    y10 += c0; y11 += c1; y12 += c2; y13 += c3;
    y20 += c0; y21 += c1; y22 += c2; y23 += c3;
    y30 += c0; y31 += c1; y32 += c2; y33 += c3;
  }
  let u0 = row * shape.rank;
  let u1 = min(row + 1u, last) * shape.rank;
  let u2 = min(row + 2u, last) * shape.rank;
  let u3 = min(row + 3u, last) * shape.rank;
  for (var r = 0u; r < shape.rank; r++) {
    let w0 = b4(r, column); let w1 = b4(r, column + 4u); let w2 = b4(r, column + 8u); let w3 = b4(r, column + 12u);
    let a0 = shape.loraScale * u[u0 + r]; let a1 = shape.loraScale * u[u1 + r];
    let a2 = shape.loraScale * u[u2 + r]; let a3 = shape.loraScale * u[u3 + r];
    y00 += a0 * w0; y01 += a0 * w1; y02 += a0 * w2; y03 += a0 * w3;
    y10 += a1 * w0; y11 += a1 * w1; y12 += a1 * w2; y13 += a1 * w3;
    y20 += a2 * w0; y21 += a2 * w1; y22 += a2 * w2; y23 += a2 * w3;
    y30 += a3 * w0; y31 += a3 * w1; y32 += a3 * w2; y33 += a3 * w3;
  }
  store(row, column, y00); store(row + 1u, column, y10); store(row + 2u, column, y20); store(row + 3u, column, y30);
  if (column + 4u >= shape.n) { return; }
  store(row, column + 4u, y01); store(row + 1u, column + 4u, y11); store(row + 2u, column + 4u, y21); store(row + 3u, column + 4u, y31);
  if (column + 8u >= shape.n) { return; }
  store(row, column + 8u, y02); store(row + 1u, column + 8u, y12); store(row + 2u, column + 8u, y22); store(row + 3u, column + 8u, y32);
  if (column + 12u >= shape.n) { return; }
  store(row, column + 12u, y03); store(row + 1u, column + 12u, y13); store(row + 2u, column + 12u, y23); store(row + 3u, column + 12u, y33);
}

@compute @workgroup_size(THREADS)
fn nt(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let tile = id.x + id.y * groups.x * THREADS;
  let across = (shape.n + 3u) / 4u;
  let row = 4u * (tile / across);
  let column = 4u * (tile % across);
  if (row >= shape.m) { return; }
  let last = shape.m - 1u;
  let end = shape.n - 1u;
  let x0 = row * shape.k;
  let x1 = min(row + 1u, last) * shape.k;
  let x2 = min(row + 2u, last) * shape.k;
  let x3 = min(row + 3u, last) * shape.k;
  let w1 = min(column + 1u, end);
  let w2 = min(column + 2u, end);
  let w3 = min(column + 3u, end);

  var y0 = vec4f(); var y1 = vec4f(); var y2 = vec4f(); var y3 = vec4f();
  let whole = shape.k - shape.k % 4u;
  for (var k = 0u; k < whole; k += 4u) {
    let a0 = x4(x0 + k); let a1 = x4(x1 + k); let a2 = x4(x2 + k); let a3 = x4(x3 + k);
    let c0 = w4(column, k, shape.k); let c1 = w4(w1, k, shape.k); let c2 = w4(w2, k, shape.k); let c3 = w4(w3, k, shape.k);
    y0 += vec4f(dot(a0, c0), dot(a0, c1), dot(a0, c2), dot(a0, c3));
    y1 += vec4f(dot(a1, c0), dot(a1, c1), dot(a1, c2), dot(a1, c3));
    y2 += vec4f(dot(a2, c0), dot(a2, c1), dot(a2, c2), dot(a2, c3));
    y3 += vec4f(dot(a3, c0), dot(a3, c1), dot(a3, c2), dot(a3, c3));
  }
  if (whole < shape.k) {
    let inside = vec4u(0u, 1u, 2u, 3u) < vec4u(shape.k - whole);
    let c0 = select(vec4f(), w4(column, whole, shape.k), inside); let c1 = select(vec4f(), w4(w1, whole, shape.k), inside);
    let c2 = select(vec4f(), w4(w2, whole, shape.k), inside); let c3 = select(vec4f(), w4(w3, whole, shape.k), inside);
    let a0 = select(vec4f(), x4(x0 + whole), inside); let a1 = select(vec4f(), x4(x1 + whole), inside);
    let a2 = select(vec4f(), x4(x2 + whole), inside); let a3 = select(vec4f(), x4(x3 + whole), inside);
    y0 += vec4f(dot(a0, c0), dot(a0, c1), dot(a0, c2), dot(a0, c3));
    y1 += vec4f(dot(a1, c0), dot(a1, c1), dot(a1, c2), dot(a1, c3));
    y2 += vec4f(dot(a2, c0), dot(a2, c1), dot(a2, c2), dot(a2, c3));
    y3 += vec4f(dot(a3, c0), dot(a3, c1), dot(a3, c2), dot(a3, c3));
  }
  let s = shape.scale;
  y0 *= s; y1 *= s; y2 *= s; y3 *= s;
  if (shape.bias != 0u) {
    let c = bias4(column);
    y0 += c; y1 += c; y2 += c; y3 += c;
  }
  let rank = shape.rank;
  for (var r = 0u; r < rank; r++) {
    let c = shape.loraScale * b4(r, column);
    y0 += u[row * rank + r] * c;
    y1 += u[min(row + 1u, last) * rank + r] * c;
    y2 += u[min(row + 2u, last) * rank + r] * c;
    y3 += u[min(row + 3u, last) * rank + r] * c;
  }
  store(row, column, y0); store(row + 1u, column, y1); store(row + 2u, column, y2); store(row + 3u, column, y3);
}

// Here shape.m and shape.n are the sizes of the output and shape.k is the number of rows (sequences).
@compute @workgroup_size(THREADS)
fn tn(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let tile = id.x + id.y * groups.x * THREADS;
  let across = (shape.n + 3u) / 4u;
  let i = 4u * (tile / across);
  let j = 4u * (tile % across);
  if (i >= shape.m) { return; }
  let at = i * shape.n + j;
  var y0 = y4(at); var y1 = y4(at + shape.n); var y2 = y4(at + 2u * shape.n); var y3 = y4(at + 3u * shape.n);
  for (var row = 0u; row < shape.k; row++) {
    var z0 = vec4f(); var z1 = vec4f(); var z2 = vec4f(); var z3 = vec4f();
    for (var t = rows[row]; t < rows[row + 1u]; t++) {
      let a = x4(t * shape.m + i);
      let c = w4(t, j, shape.n);
      z0 += a.x * c; z1 += a.y * c; z2 += a.z * c; z3 += a.w * c;
    }
    y0 += shape.scale * z0; y1 += shape.scale * z1; y2 += shape.scale * z2; y3 += shape.scale * z3;
  }
  store(i, j, y0); store(i + 1u, j, y1); store(i + 2u, j, y2); store(i + 3u, j, y3);
}
