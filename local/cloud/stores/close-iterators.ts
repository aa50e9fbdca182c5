/**
 * Closes the iterators that dynalite 4.0.0 leaves open. Its streams end an iterator by `return()`, a method that the
 * iterators of abstract-level do not have. Each open iterator keeps the whole table of its moment in memory: 18 MB a
 * minute at 300 ticks a second.
 */
import { createRequire } from 'node:module'

interface Iterator {
  close(): Promise<void>
  return?(): Promise<void>
}

/** The classes of abstract-level that the streams of dynalite use. */
const CLASSES = ['AbstractIterator', 'AbstractKeyIterator', 'AbstractValueIterator'] as const

type AbstractLevel = Record<(typeof CLASSES)[number], { readonly prototype: Iterator }>

/** Gives the iterators of dynalite's database the method that its streams call. */
export function closeIteratorsOfStreams(): void {
  const load = createRequire(createRequire(import.meta.url).resolve('dynalite/db/index.js'))
  const abstractLevel = load('abstract-level') as AbstractLevel
  for (const name of CLASSES) {
    abstractLevel[name].prototype.return ??= function (this: Iterator) {
      return this.close()
    }
  }
}
