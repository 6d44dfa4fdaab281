// Loader of a matrix of 4-bit codes that name one of 16 numbers (NF4, FP4; arXiv 2305.14314), with a scale for each BLOCK columns:
//
//   value = table[code] · scale[row, column / BLOCK]
//
// Codes lowest bits first; rows padded to whole words; BLOCK is a multiple of 4, or no less than a row.
// column is a multiple of 4, so that four codes lie in one word and one block; past the end of a row comes garbage.
const BLOCK = 64u;
@group(0) @binding(2) var<storage, read> w: array<u32>;
@group(0) @binding(8) var<storage, read> scales: array<f32>;
@group(0) @binding(9) var<storage, read> table: array<f32>;

fn w4(row: u32, column: u32, width: u32) -> vec4f {
  let word = w[row * ((width + 7u) / 8u) + column / 8u];
  let codes = (vec4u(word) >> (vec4u(4u * (column % 8u)) + vec4u(0u, 4u, 8u, 12u))) & vec4u(15u);
  let values = vec4f(table[codes.x], table[codes.y], table[codes.z], table[codes.w]);
  return values * scales[row * ((width + BLOCK - 1u) / BLOCK) + column / BLOCK];
}
