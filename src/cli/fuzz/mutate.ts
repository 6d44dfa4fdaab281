/** Damage for inputs: bytes as disks, lines and people break them, JSON as programs and attackers do. */
import { mutate as mutateBytes } from '../../onnx/fixture'

/** Numbers in [0, 1). */
export type Random = () => number

const utf8 = new TextEncoder()

export const pick = <T>(list: readonly T[], random: Random): T => list[Math.floor(random() * list.length)]!

/** 1 to 3 kinds of damage one after the other; never all of the bytes unless it cuts them off. */
export function damage(bytes: Uint8Array, random: Random): Uint8Array {
  let result = bytes
  for (let n = 1 + Math.floor(random() * 3); n > 0 && result.length > 0; n--) result = mutateBytes(result, random)
  return result
}

// Text that JSON.stringify does not write: put in after it.
const RAW: Readonly<Record<string, string>> = {
  '"@@huge"': '1e999', '"@@proto"': '"__proto__"',
  ...Object.fromEntries([60, 1000, 20_000, 100_000].map((deep) => [`"@@deep${deep}"`, '['.repeat(deep) + ']'.repeat(deep)])),
  '"@@deepobject"': '{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000),
}
const STRANGE: readonly unknown[] = [
  null, true, false, -1, 0, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53, 5e-324, '', ' ', 'x', '\0', '\ud800', 'a\nb\u2028', '__proto__', 'x'.repeat(100_000),
  [], {}, [null], [[]], { name: 'x' }, '@@huge', ...Object.keys(RAW).filter((key) => key.includes('deep')).map((key) => key.slice(1, -1)),
]
const KEYS = ['@@proto', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'name', 'length', '0', '', 'x'.repeat(1000), 'a.b', 'a\nb']

/** Letters of what is copied a thousand times, and values that there are already, at most: otherwise it is this program that runs out of memory. */
const COPIED = 2000

const strange = (random: Random) => structuredClone(pick(STRANGE, random))

type Holder = Record<string, unknown> | unknown[]

/** The same value with 1 to 3 places changed, as text: types, keys dropped, added and renamed, values moved, doubled and nested deep. */
export function damageJson(value: unknown, random: Random): string {
  let root = structuredClone(value)
  for (let n = 1 + Math.floor(random() * 3); n > 0; n--) root = changed(root, random)
  return JSON.stringify(root).replace(/"@@\w+"/g, (mark) => RAW[mark] ?? mark)
}

function changed(root: unknown, random: Random): unknown {
  const places: [Holder, string | number][] = []
  const walk = (at: unknown) => {
    if (typeof at !== 'object' || at === null) return
    for (const key of Object.keys(at)) {
      places.push([at as Holder, key])
      walk((at as Record<string, unknown>)[key])
    }
  }
  walk(root)
  if (places.length === 0 || random() < 0.01) return strange(random)
  const [holder, key] = pick(places, random)
  const inside = holder as Record<string | number, unknown>
  switch (Math.floor(random() * 7)) {
    case 0:
    case 1:
      inside[key] = strange(random)
      break
    case 2:
      if (Array.isArray(holder)) holder.splice(Number(key), 1)
      else delete inside[key]
      break
    case 3:
      inside[Array.isArray(holder) ? holder.length : pick(KEYS, random)] = random() < 0.5 ? structuredClone(inside[key]) : strange(random)
      break
    case 4: { // another place's value
      const [other, from] = pick(places, random)
      inside[key] = structuredClone((other as Record<string | number, unknown>)[from])
      break
    }
    case 5:
      inside[key] = Array.isArray(holder) && places.length < COPIED && JSON.stringify(inside[key]).length < COPIED ? Array.from({ length: 1000 }, () => inside[key]) : [inside[key]]
      break
    default: {
      const old = inside[key]
      if (typeof old === 'string') inside[key] = new TextDecoder().decode(damage(utf8.encode(old), random))
      else if (typeof old === 'number') inside[key] = pick([-old, old * 1e9, old + 0.5, String(old), 1 / old], random)
      else inside[key] = { [pick(KEYS, random)]: old }
    }
  }
  return root
}
