// The service worker of the built page: what belongs to it is fetched once and kept; bin/page/offline.ts fills in list and version.
const FILES = ['./']
const CACHE = 'etude-page-development'
/** Kept once they were used: interpreters, ONNX Runtime, the other bundled models, recordings. */
const KEPT = /\/(assets|models|recordings)\//

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: 'reload' })))).then(() => self.skipWaiting()))
})

self.addEventListener('activate', (event) => {
  const old = (name) => name.startsWith('etude-page-') && name !== CACHE
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))).then(() => self.clients.claim()))
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return // models of the Hub, servers: never touched here
  if (request.mode === 'navigate') event.respondWith(page(request))
  else event.respondWith(file(request, url))
})

/** The newest page there is; without a network the kept one. */
async function page(request) {
  try {
    return await fetch(request)
  } catch (error) {
    const kept = await (await caches.open(CACHE)).match('./')
    if (kept) return kept
    throw error
  }
}

async function file(request, url) {
  const cache = await caches.open(CACHE)
  const kept = await cache.match(url.pathname.endsWith('/') ? './' : url.origin + url.pathname)
  if (kept) return request.headers.has('range') ? part(kept, request.headers.get('range')) : kept
  const response = await fetch(request)
  if (response.status === 200 && KEPT.test(url.pathname)) await cache.put(url.origin + url.pathname, response.clone())
  return response
}

/** A range of a kept file, as a server would send it. */
async function part(response, range) {
  const bytes = await response.blob()
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? []
  if (first === undefined || Number(first) >= bytes.size) return new Response(null, { status: 416, headers: { 'content-range': `bytes */${bytes.size}` } })
  const end = last ? Math.min(Number(last), bytes.size - 1) : bytes.size - 1
  const headers = { 'content-range': `bytes ${first}-${end}/${bytes.size}`, 'content-length': String(end - Number(first) + 1) }
  return new Response(bytes.slice(Number(first), end + 1), { status: 206, headers })
}
