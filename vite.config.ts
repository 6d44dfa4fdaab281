// The page: built with relative addresses, so that the folder `dist` works from any path of any server.
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { offline } from './bin/page/offline'
import { securityPolicy } from './bin/page/policy'
import { sandboxCode } from './src/graders/sandbox/bundle'

export default defineConfig({
  base: './',
  plugins: [react(), sandboxCode(), securityPolicy(), offline()],
  worker: { format: 'es' },
  build: { target: 'es2023', chunkSizeWarningLimit: 1000 },
  optimizeDeps: { exclude: ['onnxruntime-web', '@huggingface/transformers'] },
})
