// npm install etude; node train.mjs: GRPO on the bundled model, with a grader of one's own beside the task's.
import { openHost } from 'etude/engine'
import { createGrader } from 'etude/graders'
import { algorithms, loadTokenizer } from 'etude/rl'
import { tasks } from 'etude/tasks'

const brief = { name: 'brief', title: 'few characters', weight: 0.2, grade: ({ text }) => Math.exp(-text.length / 40) }
const exact = createGrader({ name: 'exact', weight: 1 })
const { grpo } = algorithms
const settings = grpo.settings.parse({ questions: 2, num_generations: 8, max_completion_length: 22, learning_rate: 4e-3 })

const host = await openHost()
const policy = await host.open({ model: 'ledger', adapter: { rank: 8, alpha: 16, targets: ['q_proj', 'v_proj', 'down_proj'], seed: 0 } })
const tokenizer = await loadTokenizer((path) => host.file('ledger', path))
await grpo.prepare(policy, settings)
const context = { policy, tokenizer, task: tasks.ledger.create({ terms: [4, 5] }), graders: [exact, brief], seed: 0, steps: Number(process.argv[2] ?? 5) }
for await (const { step, metrics } of grpo.run(context, settings)) console.log(step, metrics.reward, metrics['rewards/brief/mean'])
process.exit()
