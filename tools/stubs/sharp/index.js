// Stands in for sharp: transformers.js imports it for images, and Étude has only text.
module.exports = () => {
  throw new Error('sharp is not installed: Étude works on text only')
}
