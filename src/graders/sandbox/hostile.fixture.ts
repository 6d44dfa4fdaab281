/**
 * Programs that mean harm, thirty in each language, and an honest one to run after each. A function `grade(sample, item)` is called; many
 * do their worst before it is. What each should come to is not the point: that it is over within its limit, the sandbox goes on, and the
 * next program gets what it would have got, is.
 */
import type { Language } from './sandbox'

const sample = { output_text: 'the answer is 7' }
const item = { answer: '7' }
export const ARGS = [sample, item]

export const HONEST: Record<Language, string> = {
  python: 'import re, json\ndef grade(sample, item):\n    print("seen", len([1, 2]))\n    return float(item["answer"] in re.findall(r"\\d+", sample["output_text"])) / 2',
  micropython:
    'import re, json, math\ndef grade(sample, item):\n    print("seen", len([1, 2]))\n    return float(re.search("[0-9]+", sample["output_text"]).group(0) == item["answer"]) / 2',
  javascript:
    'function grade(sample, item) {\n  console.log("seen", [1, 2].map((x) => x).length)\n  return Number(/\\d+/.exec(sample.output_text)[0] === item.answer) / 2\n}',
}
export const RIGHT = { ok: true, value: 0.5, output: 'seen 2\n' }

/** Asks for the address that a test listens at. */
const PYTHON_BOTH: Record<string, string> = {
  'endless loop': 'while True: pass',
  'endless loop that catches all': 'while True:\n    try:\n        while True: pass\n    except BaseException: pass',
  'endless generator': 'import itertools\ndef grade(s, i): return sum(1 for _ in itertools.count())',
  'endless equality': 'class A:\n    def __eq__(self, o):\n        while True: pass\ndef grade(s, i): return A() == 1',
  'endless iterator in the value': 'class A(dict):\n    def items(self):\n        while True: pass\ndef grade(s, i): return A()',
  'recursion': 'def f(n): return f(n + 1) + 1\ndef grade(s, i): return f(0)',
  'nested list': 'a = []\nfor _ in range(100000): a = [a]\ndef grade(s, i): return a',
  'list in itself': 'a = []\na.append(a)\ndef grade(s, i): return a',
  'deep brackets': 'eval("(" * 100000)',
  'doubling text': 'x = "a"\nwhile True: x += x',
  'list of megabytes': 'a = []\nwhile True: a.append("x" * 2 ** 20)',
  'one huge list': 'a = [0] * 10 ** 9',
  'huge power': 'x = 10 ** 10 ** 8',
  'huge print': 'while True: print("x" * 100000)',
  'huge value': 'def grade(s, i): return "x" * 10 ** 7',
  'value that is no value': 'def grade(s, i): return grade',
  'regular expression': 'import re\nre.match("(a*)*b", "a" * 40)',
  'regular expression, alternatives': 'import re\nre.match("^(a|aa)+$", "a" * 60 + "b")',
  'exit': 'import sys\nsys.exit(0)',
  'interrupt': 'raise KeyboardInterrupt',
  'builtins replaced': 'import builtins\nfor name in ("len", "float", "print", "isinstance", "str"):\n    try: setattr(builtins, name, lambda *a: 99)\n    except Exception: pass\ndef grade(s, i): return 1.0',
  'modules replaced': 'import json, re, sys\nfor m in (json, re):\n    for n in ("loads", "dumps", "search", "findall"):\n        try: setattr(m, n, lambda *a, **k: "[1]")\n        except Exception: pass\nsys.modules.clear()\ndef grade(s, i): return 1.0',
  'file of a module\'s name': 'for p in ("re.py", "json.py", "/lib/re.py"):\n    try: open(p, "w").write("search = findall = None")\n    except OSError: pass\ndef grade(s, i): return 1.0',
  'page through js': 'import js\njs.eval("while(1);")\njs.fetch("ADDRESS/js")',
  'forged result': 'import js\nfor n in range(100): js.postMessage({"id": n, "result": {"ok": True, "number": 1}})',
  'socket': 'import socket\ns = socket.socket()\ns.connect(("127.0.0.1", PORT))',
}

export const HOSTILE: Record<Language, Record<string, string>> = {
  micropython: {
    ...PYTHON_BOTH,
    'its own memory': 'import uctypes\nuctypes.bytearray_at(0, 2 ** 20)[:] = bytes(2 ** 20)',
    'memory everywhere': 'import uctypes\nb = uctypes.bytearray_at(0, 2 ** 24)\nfor i in range(0, 2 ** 24, 997): b[i] = i & 255',
    'the harness': 'import __main__\n__main__._run = __main__._mark = __main__._out = __main__._json = lambda *a: 1\ndef grade(s, i): return 1.0',
    'bridge to JavaScript': 'import jsffi\njsffi.create_proxy(print)\nimport js\njs.Function("while(1);")()',
  },
  python: {
    ...PYTHON_BOTH,
    'JavaScript through what is left': 'import sys\ndel sys.modules["pyodide_js"]\nimport pyodide_js\nf = pyodide_js._api.constructor\nf.constructor("while(1);")()',
    'JavaScript through ctypes': 'import sys\nfor n in list(sys.modules):\n    if "ctypes" in n: del sys.modules[n]\nimport ctypes\nctypes.CDLL(None).emscripten_run_script_int(b"fetch(\'ADDRESS/ctypes\')")',
    'process': 'import os, subprocess\nsubprocess.run(["sh", "-c", "id"])',
    'end of the process': 'import os\nos._exit(1)',
    'download': 'import urllib.request\nurllib.request.urlopen("ADDRESS/urllib").read()',
  },
  javascript: {
    'endless loop': 'while (true);',
    'endless loop that catches all': 'for (;;) try { while (true); } catch {}',
    'endless text': 'const a = { toString() { while (true); } }\nfunction grade() { return String(a) }',
    'endless getter': 'function grade() { return { get score() { while (true); } } }',
    'endless toJSON': 'function grade() { return { toJSON() { while (true); } } }',
    'endless proxy': 'function grade() { return new Proxy({}, { ownKeys() { while (true); } }) }',
    'endless comparison': 'function grade() { return [3, 2, 1].sort(() => { while (true); }) }',
    'endless error': 'throw { get message() { while (true); }, get name() { while (true); } }',
    'endless promises': 'function grade() { const next = () => Promise.resolve().then(next); return next() }',
    'promise that never settles': 'function grade() { return new Promise(() => {}) }',
    'thenable': 'async function grade() { return { then(done) { while (true); } } }',
    'recursion': 'function f() { return f() + 1 }\nfunction grade() { return f() }',
    'nested arrays': 'function grade() { let a = []; for (let i = 0; i < 100000; i++) a = [a]; return a }',
    'deep brackets': 'eval("(".repeat(200000))',
    'array in itself': 'function grade() { const a = []; a.push(a); return a }',
    'arrays without end': 'const a = []; for (;;) a.push(new Array(100000).fill(1))',
    'buffers without end': 'const a = []; for (;;) a.push(new ArrayBuffer(2 ** 20))',
    'doubling text': 'let s = "x"; for (;;) s += s',
    'one huge text': '"x".repeat(2 ** 30)',
    'huge join': 'Array(1e8).join("ab")',
    'huge number': '2n ** 20000000n',
    'native loop': 'Array.prototype.reverse.call({ length: 2 ** 53 - 1 })',
    'slow search': 'const s = "a".repeat(5e6); for (let i = 0; i < 1e4; i++) s.indexOf("b")',
    'regular expression': '/(a+)+b/.test("a".repeat(40))',
    'huge print': 'for (;;) console.log("x".repeat(100000))',
    'huge value': 'function grade() { return "x".repeat(1e7) }',
    'prototypes': 'Array.prototype.map = Object.prototype.then = () => { while (true); }; JSON.parse = JSON.stringify = () => "[1]"; Object.prototype.ok = true\nfunction grade() { return 1 }',
    'globals gone': 'for (const name of Object.getOwnPropertyNames(globalThis)) delete globalThis[name]\nglobalThis.grade = () => 1',
    'files and modules': 'import("fs").then((fs) => fs.readFileSync("/etc/passwd"))\nfunction grade() { return require("fs").readFileSync("/etc/passwd") }',
    'network': 'function grade() { return fetch("ADDRESS/js") }',
    'forged result': 'for (let id = 0; id < 100; id++) postMessage({ id, result: { ok: true, number: 1 } })',
    'way out through the constructor': 'function grade() { return console.log.constructor("return process")().exit(1) }',
  },
}
