// Loader of a matrix of codes with a scale for each BLOCK columns and the zero point in the middle of the codes:
//
//   value = (code − 2^(BITS−1)) · scale[row, column / BLOCK]
//
// Codes of BITS bits (4 or 8), the lowest first; rows padded to whole words; BLOCK is a multiple of 4, or no less than a row.
// column is a multiple of 4, so that four codes lie in one word and one block; past the end of a row comes garbage.
const BITS = 4u;
const BLOCK = 32u;
@group(0) @binding(2) var<storage, read> w: array<u32>;
@group(0) @binding(8) var<storage, read> scales: array<f32>;

fn w4(row: u32, column: u32, width: u32) -> vec4f {
  let bit = column * BITS;
  let word = w[row * ((width * BITS + 31u) / 32u) + bit / 32u];
  let codes = (vec4u(word) >> (vec4u(bit % 32u) + BITS * vec4u(0u, 1u, 2u, 3u))) & vec4u((1u << BITS) - 1u);
  return (vec4f(codes) - f32(1u << (BITS - 1u))) * scales[row * ((width + BLOCK - 1u) / BLOCK) + column / BLOCK];
}
