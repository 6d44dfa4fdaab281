/**
 * The `sample` of templates and Python graders, made from what the model wrote: output_text is what follows its last </think> (OpenAI's
 * samples hold no reasoning) without its tool calls; output_tools are its <tool_call>{"name", "arguments"}</tool_call> (the form that
 * Qwen's chat template asks for) in the shape of chat completions; output_json is the text as JSON, of the response format's schema
 * where the job has one; choices holds all of it, and the reasoning as choices[0].message.reasoning_content.
 */
import { z } from 'zod'

/** What a job asks of every completion. */
export const responseFormat = z
  .strictObject({
    type: z.enum(['text', 'json_object', 'json_schema']),
    json_schema: z
      .strictObject({
        name: z.string(),
        description: z.string().nullish(),
        strict: z.boolean().nullish(),
        schema: z.record(z.string(), z.unknown()),
      })
      .optional(),
  })
  .refine(
    ({ type, json_schema: schema }) => (type === 'json_schema') === (schema !== undefined),
    'json_schema stands with the type json_schema alone',
  )

export type ResponseFormat = z.output<typeof responseFormat>

export interface Sample {
  sample: Record<string, unknown>
  /** Why the completion is not of the response format; absent where it is, or where there is none. */
  invalid?: string
}

const END = '</think>'
const TOOL_CALL = /<tool_call>\s*(\{[\s\S]*?\})\s*<\/tool_call>/g

/** A reader of completions. Throws one sentence when the format's schema cannot be checked. */
export function sampleReader(format?: ResponseFormat): (text: string, finish?: 'stop' | 'length') => Sample {
  const check = format && checkOf(format)
  return (text, finish = 'stop') => {
    const end = text.lastIndexOf(END)
    const answer = end < 0 ? text : text.slice(end + END.length).trimStart()
    const reasoning = end >= 0 && { reasoning_content: text.slice(0, end).replace(/^\s*<think>/, '').trim() }
    const tools: object[] = []
    const content = answer.replace(TOOL_CALL, (whole, body: string) => {
      const call = parseJson(body) as { name?: unknown; arguments?: unknown } | undefined
      if (typeof call?.name !== 'string') return whole
      const given = typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments ?? {})
      tools.push({ id: `call_${tools.length}`, type: 'function', function: { name: call.name, arguments: given } })
      return ''
    })
    const output = tools.length > 0 ? content.trim() : answer
    const json = parseJson(output)
    const invalid = check && (json === undefined ? 'the completion is no JSON' : check(json))
    const calls = tools.length > 0 && { tool_calls: tools }
    const reason = finish === 'length' ? 'length' : tools.length > 0 ? 'tool_calls' : 'stop'
    return {
      sample: {
        output_text: output,
        ...(json !== undefined && !invalid && { output_json: json }),
        output_tools: tools,
        choices: [{ index: 0, finish_reason: reason, message: { role: 'assistant', content: output, ...reasoning, ...calls } }],
      },
      ...(invalid && { invalid }),
    }
  }
}

/** What is wrong with a JSON value, by the response format; undefined where every text is right. */
function checkOf(format: ResponseFormat): ((json: unknown) => string | undefined) | undefined {
  if (format.type === 'text') return undefined
  if (format.type === 'json_object') {
    const isObject = (json: unknown) => typeof json === 'object' && json !== null && !Array.isArray(json)
    return (json) => (isObject(json) ? undefined : 'the completion is JSON, but no object')
  }
  const { name, schema } = format.json_schema!
  const read = () => z.fromJSONSchema(schema)
  let compiled: ReturnType<typeof read>
  try {
    compiled = read()
  } catch (error) {
    throw new Error(`the schema “${name}” of response_format cannot be checked: ${(error as Error).message}`, { cause: error })
  }
  return (json) => {
    const issue = compiled.safeParse(json).error?.issues[0]
    return issue && `the completion is not of the schema “${name}”: ${issue.path.map(String).join('.') || 'it'}: ${issue.message}`
  }
}

/** Undefined where a text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
