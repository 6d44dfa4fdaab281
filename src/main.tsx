/** The front door: the one place in the browser where the page and the engine meet. */
import { createApp } from './app/createApp'
import { workerHost } from './workers/client'

createApp(workerHost(), document.getElementById('root')!)
