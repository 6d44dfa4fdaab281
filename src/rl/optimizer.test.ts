import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { adamw, learningRate, optimizerSettings } from './optimizer'

const settings = (of: object) => z.object(optimizerSettings).parse(of)
const rates = (of: object) => Array.from({ length: 5 }, (_, i) => learningRate(settings({ learning_rate: 1, ...of }), i + 1, 5))

describe('learning rate', () => {
  it.each([
    [{}, [1, 1, 1, 1, 1]],
    [{ warmup_steps: 2 }, [0, 0.5, 1, 1, 1]],
    [{ lr_scheduler_type: 'linear' }, [1, 0.8, 0.6, 0.4, 0.2]],
    [{ lr_scheduler_type: 'linear', warmup_steps: 1 }, [0, 1, 0.75, 0.5, 0.25]],
    [{ lr_scheduler_type: 'cosine', warmup_steps: 1 }, [0, 1, (1 + Math.SQRT1_2) / 2, 0.5, (1 - Math.SQRT1_2) / 2]],
    [{ lr_scheduler_type: 'cosine_with_min_lr', min_lr_rate: 0.2, warmup_steps: 1 }, [0, 1, 0.2 + 0.4 * (1 + Math.SQRT1_2), 0.6, 0.2 + 0.4 * (1 - Math.SQRT1_2)]],
  ])('%o', (of, want) => rates(of).forEach((rate, i) => expect(rate).toBeCloseTo(want[i]!, 12)))
})

it('follows the token budget where that is nearer to its end', () => {
  const cosine = settings({ learning_rate: 1, lr_scheduler_type: 'cosine' })
  expect(learningRate(cosine, 2, 1000, 0.5)).toBeCloseTo(0.5, 12)
  expect(learningRate(cosine, 501, 1000, 0.1)).toBeCloseTo(0.5, 12)
  expect(learningRate(cosine, 2, 1000, 1.1)).toBe(0)
})

it('AdamW has torch’s defaults', () => {
  expect(adamw(settings({ learning_rate: 0.5 }), 1, 1)).toEqual({
    learningRate: 0.5,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0,
    maxGradNorm: 1,
  })
})
