import { afterAll, describe, expect, it } from 'vitest'
import { nodeSandbox } from './node'

const box = nodeSandbox({ allowPython: true })
afterAll(() => box.close())
const T = ['while True: pass','def f(a): return a+.5','def f(a): return {"a":[1,None,"é"]}','def f(a): return float("-inf")','def f(a): return [float("nan")]', 'import js','import pyodide','import ctypes','from pyodide.code import run_js', 'def f():f()\nf()','x="a"\nwhile True: x+=x','a=[]\nwhile True: a.append("x"*2**20)\n','import re\nre.match("(a+)+b","a"*40)','1/0','x = = 3','import sys\nsys.exit(2)','import sys\ndel sys.modules["pyodide_js"]\nimport pyodide_js\npyodide_js._api','import socket\nsocket.create_connection(("127.0.0.1",1))','print("x"*10**7)\ndef f(a): return 1','import os\nos._exit(1)','import os\nos.abort()','def f(a): return f','while True: print("y"*1000)','import numpy','open("/etc/passwd").read()']
describe('x', () => {
  it('runs', async () => {
    for (const source of T) {
      const t = performance.now()
      const o = await box.run({ language: 'python', source, call: 'f', args: [1] }, { seconds: .5 })
      console.log(source.slice(0, 60), JSON.stringify(o).slice(0, 200), performance.now() - t)
      const u = performance.now()
      const n = await box.run({ language: 'python', source: 'import re\ndef f(a):\n  print("hi",a)\n  return [x+1 for x in a]', call: 'f', args: [[1]] })
      if (performance.now()-u > 20) console.log('   next', performance.now()-u)
      expect(n).toMatchObject({ ok: true, value: [2], output: 'hi [1]\n' })
    }
  })
})
