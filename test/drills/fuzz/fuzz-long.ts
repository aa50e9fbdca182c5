/** The fuzz drill: many cases, and a check that memory does not grow. */
import { setImmediate } from 'node:timers/promises'
import { figure, formatTable } from '../../../tools/table.ts'
import { type Drill, report } from '../drill.ts'
import { BATCH_CASES, type Fuzz, openFuzz } from './fuzz.ts'
import { type Held, heldMemory } from './memory.ts'

const CASES = 1_000_000
/** Cases between two looks at memory, and before the first look, so that all code has run by then. */
const CASES_A_LOOK = 100_000
const MIB = 2 ** 20
/** Allowed growth of the heap, bytes: a leak of 40 bytes a case exceeds it. */
const MOST_HEAP_GROWTH = 32 * MIB
/** Allowed growth of resident memory, bytes. More than for the heap, because freed memory goes back to the system late. */
const MOST_RESIDENT_GROWTH = 128 * MIB

/** Runs the batch of a seed, and returns whether it passed. */
function passes({ run }: Fuzz, seed: number): boolean {
  try {
    run(seed)
    return true
  } catch (error) {
    console.error(error)
    return false
  }
}

const mib = (bytes: number): string => figure(bytes / MIB)

export const fuzz: Drill = {
  name: 'fuzz',
  about: `${figure(CASES)} mutated frames, archives, texts and messages into the decoders`,
  unit: 'cases',
  async run(count = CASES) {
    const opened = openFuzz()
    const failed: number[] = []
    let first: Held | undefined
    let cases = 0
    for (let seed = 1; seed <= Math.ceil(count / BATCH_CASES); seed++) {
      if (!passes(opened, seed)) failed.push(seed)
      cases += BATCH_CASES
      // zlib frees its memory between turns, as on a real line.
      await setImmediate()
      if ((seed * BATCH_CASES) % CASES_A_LOOK > 0) continue
      const held = heldMemory()
      first ??= held
      report(
        `  ${figure(seed * BATCH_CASES)} cases, ${mib(held.heap)} MiB of heap, ${mib(held.resident)} resident`,
      )
      if (
        held.heap - first.heap > MOST_HEAP_GROWTH ||
        held.resident - first.resident > MOST_RESIDENT_GROWTH
      ) {
        console.error(`memory has grown from ${mib(first.heap)} to ${mib(held.heap)} MiB of heap`)
        failed.push(seed)
        break
      }
    }
    const rows = opened.tally.entries().map(([name, times]) => [name, figure(times)])
    report(`\n${formatTable([['results of the cases', ''], ...rows])}`)
    return { failed, figures: { cases, failed: failed.length } }
  },
  async runSeed(seed) {
    const failed = passes(openFuzz(), seed) ? [] : [seed]
    return { failed, figures: { cases: BATCH_CASES, failed: failed.length } }
  },
}
