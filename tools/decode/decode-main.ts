/** `npm run decode`: prints FLEX Standard messages, or a recorded line, as lines of JSON. */
import { createReadStream } from 'node:fs'
import { createOutput } from '../output.ts'
import { readArguments, UsageError } from '../tool-arguments.ts'
import { createMessageDecoder } from './flex-messages.ts'
import type { Item } from './item.ts'
import { createLineDecoder } from './recorded-line.ts'

const HELP = `Shows FLEX Standard messages as JSON, one object a message.

Usage: npm run -s decode -- [--line] FILE

  FILE     a file of messages without separators; - for standard input
  --line   FILE is a recorded line (npm run record): its other content is shown too,
           as objects with a "kind": issues, news, phase
  --help   this text

{"seq":132072,"channel":3,"exchange":"T","issue":"1234","last":{"price":2038,"time":"09:00:00.063886"},…}

Prices and turnover are in yen, quantities and volume in shares, levels are [price, quantity]
with the best first. The output contains only the fields that a message carries.

Bytes that cannot be read are reported on standard error with their offset; decoding continues.
Exit code: 0; 1 if some bytes could not be read; 2 if the file or the options cannot be used.
`

/** Bytes of one read from the file. */
const CHUNK_BYTES = 256 * 1024

interface Task {
  readonly file: string
  readonly line: boolean
}

function parse(args: readonly string[]): Task | 'help' {
  const { values, positionals } = readArguments({
    args,
    allowPositionals: true,
    options: {
      line: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const [file, ...others] = positionals
  if (file === undefined || others.length > 0) {
    throw new UsageError(`expected one FILE, or - for standard input, got ${positionals.length}`)
  }
  return { file, line: values.line }
}

/** Yields the bytes of a file. @throws UsageError if the file cannot be read. */
async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  const input = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: CHUNK_BYTES })
  try {
    yield* input
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/** Decodes a file to standard output. Sets exit code 1 if some bytes cannot be read. */
async function decode({ file, line }: Task): Promise<void> {
  const decoder = line ? createLineDecoder() : createMessageDecoder()
  const output = createOutput(process.stdout)
  const show = async (items: Iterable<Item>): Promise<void> => {
    for (const item of items) {
      if ('shown' in item) {
        await output.line(JSON.stringify(item.shown))
      } else {
        process.exitCode = 1
        process.stderr.write(`decode: ${item.fault}\n`)
      }
    }
    await output.flush()
  }
  for await (const chunk of chunksOf(file)) await show(decoder.read(chunk))
  await show(decoder.end())
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader of the pipe has closed it, as `head` does.
  if (error.code === 'EPIPE') process.exit()
  console.error(`decode: ${error.message}.`)
  process.exit(2)
})

try {
  const task = parse(process.argv.slice(2))
  if (task === 'help') process.stdout.write(HELP)
  else await decode(task)
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`decode: ${error.message}. See npm run -s decode -- --help.`)
  process.exitCode = 2
}
