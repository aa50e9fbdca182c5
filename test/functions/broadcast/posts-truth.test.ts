import { test } from 'node:test'
import fc from 'fast-check'
import { addMillis, asEpochMillis } from '../../../market/units.ts'
import { VIEWS } from '../../../market/view.ts'
import { ISSUES, ticksOfLine } from '../stored-market.ts'
import { ModelLines, STARTS } from './model-lines.ts'
import { OUTCOMES, PostsModel, ROOMS } from './posts-model.ts'

const START = asEpochMillis(1_795_132_800_000)
/** Rounds at the end in which every post arrives. The longest rest is 30 s. */
const LAST_ROUNDS = 400
const LAST_ROUND_MS = 100
/** A task publishes a key frame as often (ms), so the end of the stream that a new environment reads has one. */
const KEY_FRAME_EVERY_MS = 10_000

const pace = fc.constantFrom(100, 200, 500, 1_000, 2_000, 5_000)
const view = fc.constantFrom(...VIEWS)
/** Half of the posts arrive. */
const outcome = fc.oneof(fc.constant('sent' as const), fc.constantFrom(...OUTCOMES))
/** Rooms that a round reads. In many rounds after the start of an environment a room is not read yet. */
const readable = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.subarray(ROOMS) },
)
const kindOf = <Kind extends string, More extends object>(
  kind: Kind,
  weight: number,
  more: fc.Arbitrary<More>,
): { readonly weight: number; readonly arbitrary: fc.Arbitrary<{ readonly kind: Kind } & More> } => ({
  weight,
  arbitrary: more.map(fields => ({ kind, ...fields })),
})
const app = fc.nat(3)
const line = fc.constantFrom(1, 2)
const none = fc.constant({})

const step = fc.oneof(
  kindOf('ticks', 6, fc.record({ count: fc.integer({ min: 1, max: 8 }) })),
  kindOf(
    'round',
    6,
    fc.record({
      budget: fc.integer({ min: 0, max: 4 }),
      outcomes: fc.array(outcome, { minLength: 1, maxLength: 4 }),
      readable,
    }),
  ),
  kindOf('wait', 4, fc.record({ ms: fc.integer({ min: 0, max: 300 }) })),
  // Longer than a new environment repeats, and up to the time that an app rests.
  kindOf('wait', 1, fc.record({ ms: fc.integer({ min: 1_000, max: 7_000 }) })),
  kindOf('key-frame', 1, none),
  kindOf('repeat', 1, fc.record({ count: fc.integer({ min: 1, max: 5 }) })),
  kindOf('die', 3, none),
  kindOf('die-with-part', 1, fc.record({ share: fc.constantFrom(0, 0.3, 0.7) })),
  kindOf('outage', 1, none),
  kindOf('news', 1, none),
  kindOf(
    'burst',
    1,
    fc.record({ issue: fc.constantFrom(...ISSUES), count: fc.integer({ min: 150, max: 450 }) }),
  ),
  kindOf('renew', 2, none),
  kindOf('replace', 1, fc.record({ line, count: fc.nat(4), start: fc.constantFrom(...STARTS) })),
  kindOf('late', 1, fc.record({ line, count: fc.nat(4) })),
  kindOf(
    'view',
    2,
    fc.record({ app, issue: fc.constantFrom(...ISSUES), view: fc.option(view, { nil: undefined }) }),
  ),
  kindOf('pace', 1, fc.record({ app, pace })),
)

test('each app has the true boards, every trade once and all news, whatever becomes of posts, tasks and environments', t => {
  t.mock.timers.enable({ apis: ['Date'], now: START })
  const apps = fc.array(fc.tuple(pace, fc.array(view, { minLength: 4, maxLength: 4 })), {
    minLength: 1,
    maxLength: 4,
  })
  const market = ticksOfLine({ minLength: 20, maxLength: 120 })
  const steps = fc.array(step, { minLength: 10, maxLength: 120 })
  fc.assert(
    fc.property(market, apps, steps, (ticks, starts, steps) => {
      const model = new PostsModel(START)
      const lines = new ModelLines(ticks)
      let framesAt = START
      const wait = (ms: number): void => {
        model.now = addMillis(model.now, ms)
        t.mock.timers.setTime(model.now)
        if (model.now < addMillis(framesAt, KEY_FRAME_EVERY_MS)) return
        framesAt = model.now
        model.put(lines.keyFrames())
      }
      wait(0)
      for (const [pace, views] of starts) {
        const app = model.connect(pace)
        for (const [index, view] of views.entries()) model.setView(app, ISSUES[index]!, view)
      }
      const appOf = (index: number) => model.apps[index % model.apps.length]!
      for (const each of steps) {
        if (each.kind === 'ticks') model.put(lines.send(each.count))
        else if (each.kind === 'burst') model.put(lines.burst(each.issue, each.count))
        else if (each.kind === 'replace') model.put(lines.replace(each.line, each.count, each.start))
        else if (each.kind === 'renew') lines.renew()
        else if (each.kind === 'late') model.put(lines.late(each.line, each.count))
        else if (each.kind === 'key-frame') model.put(lines.keyFrames())
        else if (each.kind === 'news') model.put(lines.news())
        else if (each.kind === 'round') model.round(each.budget, each.outcomes, each.readable)
        else if (each.kind === 'wait') wait(each.ms)
        else if (each.kind === 'repeat') model.repeat(each.count)
        else if (each.kind === 'die') model.die(1)
        else if (each.kind === 'die-with-part') model.die(each.share)
        else if (each.kind === 'outage') model.outage(() => lines.send(1), wait)
        else if (each.kind === 'view') model.setView(appOf(each.app), each.issue, each.view)
        else model.setPace(appOf(each.app), each.pace)
      }
      for (let round = 0; round < LAST_ROUNDS; round++) {
        wait(LAST_ROUND_MS)
        model.round(Number.POSITIVE_INFINITY, ['sent'])
      }
      model.check()
    }),
    { numRuns: 400 },
  )
})
