/** A process that downloads one file, for a test to start, kill and start again: its arguments are the model and the file. */
import { keepFiles } from './remote'
import { openNodeModel } from './node'

const [, , model = '', file = ''] = process.argv
let told = 0
const repository = openNodeModel(model, '', ({ loaded }) => {
  if (loaded - told < 500_000) return
  told = loaded
  console.log(loaded)
})
keepFiles(repository)
await repository.read(file, 0, 1)
console.log('done')
