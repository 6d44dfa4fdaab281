// Loader of a matrix in f16, two numbers a word: f32 arithmetic, and no shader-f16 needed.
// Rows are padded to whole words; column is a multiple of 4; past the end of a row comes garbage.
@group(0) @binding(2) var<storage, read> w: array<u32>;

fn w4(row: u32, column: u32, width: u32) -> vec4f {
  let at = row * ((width + 1u) / 2u) + column / 2u;
  return vec4f(unpack2x16float(w[at]), unpack2x16float(w[at + 1u]));
}
