import { afterAll, describe, expect, it } from 'vitest'
import { nodeSandbox } from './node'

const box = nodeSandbox()
afterAll(() => box.close())
const T = ['while(1);','for(;;)try{while(1);}catch{}','let g={toString(){while(1);}};function f(){return String(g)}','function f(){return /(a+)+b/.test("a".repeat(40))}','let a=[];for(;;)a.push(new Array(1e5).fill(1))','let a=[];for(;;)a.push(new ArrayBuffer(2**20))','"x".repeat(2**30)','let s="x";for(;;)s+=s','Array(1e8).join("ab")','let s="a".repeat(5e6);for(let i=0;i<1e4;i++)s.indexOf("b")','Array.prototype.reverse.call({length:2**53-1})','function f(){return new Promise(()=>{})}','function f(){const g=()=>Promise.resolve().then(g);return g()}','function h(){h()}h()','eval("(".repeat(2e5))','function f(){let a=[];for(let i=0;i<1e5;i++)a=[a];return a}','Object.prototype.polluted=1;Array.prototype.map=()=>{while(1);}','function f(){return {toJSON(){while(1);}}}','function f(){return new Proxy({},{get(){while(1);}})}','import("fs")','import fs from "fs"','function f(){return process.env}','function f(){return fetch("http://a")}','for(;;)console.log("x".repeat(1e5))','throw {get name(){while(1);}}','throw new Error("hello")','throw 3','function f(){\n return x }','function f(){return undefined}','function f(){return [1,{a:NaN}]}','async function f(){return await 3}','function f(){return NaN}','const f=()=>f2(); const f2=()=>"é"', 'globalThis.f=1', 'let f = 3 +','JSON.stringify=()=>"{}";function f(){return [5]}','2n**20000000n','new Array(1e9).fill(0)', 'function f(){return "x".repeat(1e6)}','class A extends Error{get message(){while(1);}};throw new A','Promise.resolve().then(()=>{while(1);});function f(){return 1}']
describe('x', () => {
  it('runs', async () => {
    await box.run({ language: 'javascript', source: 'function f(a){console.log("hi",a);return a+1}', call: 'f', args: [1] })
    for (const source of T) {
      const t = performance.now()
      const o = await box.run({ language: 'javascript', source, call: 'f', args: [1] }, { seconds: .5 })
      console.log(source.slice(0, 60), JSON.stringify(o).slice(0, 200), performance.now() - t)
      const u = performance.now()
      const n = await box.run({ language: 'javascript', source: 'function f(a){console.log("hi",a);return a.map(x=>x+1)}', call: 'f', args: [[1]] })
      if (performance.now()-u > 20) console.log('   next', performance.now()-u)
      expect(n).toMatchObject({ ok: true, value: [2], output: 'hi 1\n' })
    }
  })
})
