/** The front door: the one place in the browser where the page and the engine meet. */
import { createApp } from './app/createApp'
import { workerHost } from './workers/client'

createApp(workerHost(), document.getElementById('root')!)

// The built page works offline after the first visit; where that is refused (a private window), it works all the same.
if (import.meta.env.PROD && 'serviceWorker' in navigator) navigator.serviceWorker.register('./sw.js').catch(() => undefined)
