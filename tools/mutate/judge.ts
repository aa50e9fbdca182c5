/** Applies mutations one by one, and finds out whether the compiler or a nearby test notices. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Compiler } from './compiler.ts'
import { applyTo, type Mutation } from './mutation.ts'
import type { NearbyTests } from './nearby-tests.ts'
import type { Overlay } from './overlay.ts'
import { runTest, type TestResult } from './test-run.ts'

/** Time of one test file. The slowest file takes half of it on a calm machine with two cores. */
const TEST_LIMIT_MS = 60_000
/** A mutation starts no further test after this time, nor after this many files. */
const MUTATION_LIMIT_MS = 60_000
const MAX_TESTS = 10

export type Verdict =
  | { readonly by: 'types'; readonly error: string }
  | { readonly by: 'test'; readonly test: string; readonly isTimeout: boolean }
  | { readonly by: 'nobody'; readonly passed: number; readonly nearby: number }

export interface JudgeParts {
  readonly overlay: Overlay
  readonly compiler: Compiler
  readonly nearby: NearbyTests
  readonly stop: AbortSignal
}

export interface Judge {
  /** @returns the verdict; undefined after `stop`. */
  judge(mutation: Mutation): Promise<Verdict | undefined>
  /** Tests that fail, or do not end in time, without a mutation; they notice nothing. */
  readonly broken: ReadonlySet<string>
}

export function createJudge({ overlay, compiler, nearby, stop }: JudgeParts): Judge {
  const { root, temporary } = overlay
  const sound = new Set<string>()
  const broken = new Set<string>()
  const run = (file: string): Promise<TestResult> =>
    runTest({ root, temporary, file, limitMillis: TEST_LIMIT_MS, stop })

  /** Returns whether the test passes without a mutation. */
  const isSound = async (test: string): Promise<boolean> => {
    if (!sound.has(test) && !broken.has(test)) {
      const result = await run(test)
      if (result !== 'stopped') (result === 'passed' ? sound : broken).add(test)
    }
    return sound.has(test)
  }

  /** Returns the verdict of the tests. `restored` runs something without the mutation. */
  const byTests = async (
    tests: readonly string[],
    restored: <T>(something: () => Promise<T>) => Promise<T>,
  ): Promise<Verdict | undefined> => {
    const start = performance.now()
    let passed = 0
    let ran = 0
    for (const test of tests) {
      if (ran === MAX_TESTS || performance.now() - start > MUTATION_LIMIT_MS) break
      if (broken.has(test)) continue
      const result = await run(test)
      if (result === 'stopped') return undefined
      ran++
      if (result === 'passed') passed++
      else if (await restored(() => isSound(test))) {
        return { by: 'test', test, isTimeout: result === 'timed out' }
      }
    }
    return { by: 'nobody', passed, nearby: tests.length }
  }

  return {
    broken,
    async judge(mutation) {
      const path = join(root, mutation.file)
      const original = readFileSync(path, 'utf8')
      const mutate = (): void => writeFileSync(path, applyTo(original, mutation))
      const restore = (): void => writeFileSync(path, original)
      mutate()
      try {
        const [error] = compiler.errorsAfterChange(mutation.file)
        if (error !== undefined) return { by: 'types', error }
        const verdict = await byTests(nearby(mutation.file), async something => {
          restore()
          const result = await something()
          mutate()
          return result
        })
        if (verdict?.by !== 'nobody') return verdict
        const [elsewhere] = compiler.allErrors()
        return elsewhere === undefined ? verdict : { by: 'types', error: elsewhere }
      } finally {
        restore()
      }
    },
  }
}
