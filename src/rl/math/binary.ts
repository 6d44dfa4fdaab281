/** Binary cross-entropy of logits z against labels y: mean of log(1 + e^z) − y z, and its slope (σ(z) − y) / N, both [N]. */
export function binaryCrossEntropy(logits: number[], labels: boolean[]): { loss: number; slope: number[] } {
  const n = Math.max(1, logits.length)
  const softplus = (z: number) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)))
  return {
    loss: logits.reduce((sum, z, i) => sum + softplus(z) - Number(labels[i]) * z, 0) / n,
    slope: logits.map((z, i) => (1 / (1 + Math.exp(-z)) - Number(labels[i])) / n),
  }
}
