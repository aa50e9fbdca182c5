import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { encodeRange } from '../../../ingest-task/line/control.ts'
import type { LineEffect, LineEvent } from '../../../ingest-task/line/line-events.ts'
import { positionOf } from '../../../ingest-task/line/position.ts'
import { encodeWindows31J } from '../../../ingest-task/quick/windows-31j.ts'
import {
  A,
  arrives,
  B,
  closed,
  frameOf,
  MachineRun,
  opened,
  readable,
  SESSION,
  TRADING_DATE,
  unreadable,
} from './machine-run.ts'

const CHECK: LineEvent = { kind: 'check' }
const FILL: LineEvent = { kind: 'timer', timer: 'fill' }
const SNAPSHOT: LineEvent = { kind: 'timer', timer: 'snapshot' }

const prices = (sequence: number) => frameOf('prices', sequence, Uint8Array.of(sequence))
const at = (sequence: number): number => positionOf(SESSION, sequence)

/** Returns an effect as one word or two, so that a table of effects is easy to read. */
function nameOf(effect: LineEffect): string {
  switch (effect.kind) {
    case 'deliver':
    case 'report': {
      const { content } = effect
      const of = content.kind === 'state' ? content.state : `${content.kind} ${content.position - at(0)}`
      return `${effect.kind} ${of}`
    }
    case 'request-frames':
      return `request-frames ${'AB'[effect.connection]} ${effect.range.from}-${effect.range.to}`
    case 'start-timer':
      return `start-timer ${effect.timer} ${effect.milliseconds}`
    case 'stop-timer':
      return `stop-timer ${effect.timer}`
    case 'connect':
      return `connect ${'AB'[effect.connection]} ${effect.milliseconds}`
    case 'disconnect':
      return `disconnect ${'AB'[effect.connection]} ${effect.reason.kind}`
    default:
      return `${effect.kind} ${'AB'[effect.connection]}`
  }
}

/** Each event, and the effects that must follow it. A number lets so many milliseconds pass. */
type Table = readonly (number | readonly [LineEvent, ...string[]])[]

function assertSteps(run: MachineRun, table: Table): void {
  table.forEach((row, index) => {
    if (typeof row === 'number') {
      run.now += row
      return
    }
    const [event, ...expected] = row
    assert.deepEqual(run.step(event).map(nameOf), expected, `effects of row ${index}, ${event.kind}`)
  })
}

/** A line that is live after frame 10, with these connections. */
function liveRun(...connections: number[]): MachineRun {
  const run = new MachineRun()
  run.step({ kind: 'started' })
  for (const connection of connections) run.step(opened(connection, 10))
  run.step(SNAPSHOT)
  run.step(arrives(connections[0]!, frameOf('snapshot-end', 10)))
  assert.equal(run.state.status.state, 'live')
  return run
}

suite('a line session starts', () => {
  test('with a snapshot, when there is no resume point', () => {
    const part = frameOf('prices', 10, Uint8Array.of(1), true)
    assertSteps(new MachineRun(), [
      [{ kind: 'started' }, 'report stale', 'connect A 0', 'connect B 0'],
      [
        opened(A, 10),
        'report-connected A',
        `report opened ${-at(0)}`,
        'start-timer snapshot 0',
        'report recovering',
      ],
      [SNAPSHOT, 'request-snapshot A'],
      [opened(B, 10), 'report-connected B'],
      [arrives(B, part)],
      [arrives(A, part), `deliver messages ${-at(0)}`],
      [readable],
      [arrives(B, prices(11))],
      [arrives(A, frameOf('snapshot-end', 10)), 'report snapshot-end 10', 'deliver messages 11'],
      [readable, 'report live'],
    ])
  })

  test('after the resume point, by requesting what the line has sent since', () => {
    const run = new MachineRun({ tradingDate: TRADING_DATE, position: at(8), time: 0 })
    assertSteps(run, [
      [{ kind: 'started' }, 'report stale', 'connect A 0', 'connect B 0'],
      [opened(A, 10), 'report-connected A', 'report opened 8', 'request-frames A 9-10', 'report recovering'],
      [arrives(A, prices(9)), 'deliver messages 9'],
      [readable],
      [arrives(A, prices(10)), 'deliver messages 10'],
      [readable, 'report live'],
    ])
    assert.equal(run.state.resends.gaps, 0)
  })

  test('from the first frame, when the resume point is of another session of the same date', () => {
    const run = new MachineRun({ tradingDate: TRADING_DATE, position: positionOf(0, 8), time: 3_600_000_000 })
    const news = (sequence: number, time: number) =>
      frameOf('news', sequence, encodeWindows31J(`${time}\tnews\t`))
    assertSteps(run, [
      [
        opened(A, 2),
        'report-connected A',
        `report opened ${-at(0)}`,
        'request-frames A 1-2',
        'report recovering',
      ],
      // News up to the resume point were delivered by the process before.
      [arrives(A, news(1, 3_600_000_000))],
      [arrives(A, news(2, 3_600_000_001)), 'deliver news 2'],
      [readable, 'report live'],
    ])
  })

  test('with a snapshot, when the other session has more than 4,096 frames', () => {
    for (const [sequence, isSnapshot] of [
      [4_096, false],
      [4_097, true],
    ] as const) {
      const run = new MachineRun({ tradingDate: TRADING_DATE, position: positionOf(0, 8), time: 0 })
      const effects = run.step(opened(A, sequence)).map(nameOf)
      assert.equal(effects.includes('start-timer snapshot 0'), isSnapshot, String(sequence))
      assert.equal(
        effects.some(name => name.startsWith('request-frames A 1-')),
        !isSnapshot,
        String(sequence),
      )
    }
  })
})

suite('a live line', () => {
  test('delivers a frame when its first copy comes', () => {
    assertSteps(liveRun(A, B), [
      [arrives(B, prices(11)), 'deliver messages 11'],
      [readable],
      [arrives(A, prices(11))],
    ])
  })

  test('stays live when the other connection fills a gap', () => {
    assertSteps(liveRun(A, B), [
      [arrives(A, prices(12)), 'start-timer fill 50'],
      20,
      [arrives(B, prices(11)), 'deliver messages 11'],
      [readable, 'deliver messages 12'],
      [readable, 'stop-timer fill'],
    ])
  })

  test('requests a frame that the other connection does not bring in time', () => {
    assertSteps(liveRun(A, B), [
      [arrives(A, prices(12)), 'start-timer fill 50'],
      50,
      [FILL, 'request-frames A 11-11', 'report recovering'],
      [arrives(A, prices(11)), 'deliver messages 11'],
      [readable, 'deliver messages 12'],
      [readable, 'report live'],
    ])
  })

  test('requests frames that a heartbeat names', () => {
    assertSteps(liveRun(A), [
      [arrives(A, frameOf('heartbeat', 12)), 'request-frames A 11-12', 'report recovering'],
    ])
  })

  test('takes a snapshot when every connection refuses to send the frames', () => {
    const refused = frameOf('resend-refused', 12, encodeRange({ from: 11, to: 11 }))
    assertSteps(liveRun(A, B), [
      [arrives(B, frameOf('heartbeat', 12)), 'start-timer fill 50'],
      [arrives(A, prices(12)), 'stop-timer fill', 'request-frames A 11-11', 'report recovering'],
      [arrives(A, refused), 'request-frames B 11-11'],
      [arrives(B, refused), 'start-timer snapshot 50'],
      50,
      [SNAPSHOT, 'request-snapshot A'],
      [arrives(A, frameOf('snapshot-end', 12)), 'report snapshot-end 12', 'report live'],
    ])
  })

  test('gives a frame up for a snapshot after three bad reads', () => {
    assertSteps(liveRun(A), [
      [arrives(A, prices(11)), 'deliver messages 11'],
      [unreadable, 'request-frames A 11-11', 'report recovering'],
      [arrives(A, prices(11)), 'deliver messages 11'],
      [unreadable, 'start-timer fill 50'],
      50,
      [FILL, 'request-frames A 11-11'],
      [arrives(A, prices(11)), 'deliver messages 11'],
      [unreadable, 'start-timer snapshot 50'],
    ])
  })

  test('leaves text out that stays unreadable, and takes no snapshot', () => {
    const bad = frameOf('news', 11, encodeWindows31J('?'))
    assertSteps(liveRun(A), [
      [arrives(A, bad), 'request-frames A 11-11', 'report recovering'],
      [arrives(A, bad), 'start-timer fill 50'],
      50,
      [FILL, 'request-frames A 11-11'],
      [arrives(A, bad), 'report unread 11', 'report live'],
    ])
  })

  test('ends a connection whose frame is damaged, and requests the frame from the other one', () => {
    const torn = { ...prices(11), zip: true, payload: Buffer.from('PK') }
    const run = liveRun(A, B)
    assertSteps(run, [
      [arrives(B, frameOf('heartbeat', 11)), 'start-timer fill 50'],
      [
        arrives(A, torn),
        'disconnect A zip-truncated',
        'stop-timer fill',
        'request-frames B 11-11',
        'report recovering',
      ],
      [closed(A, 'zip-truncated'), 'connect A 50', 'report-closed A'],
    ])
    assert.deepEqual(run.state.errors, { 'zip-truncated': 1 })
  })

  test('ends a connection that sends a frame which is no content', () => {
    assertSteps(liveRun(A, B), [[arrives(A, frameOf('login', 0)), 'disconnect A frame-type']])
  })
})

suite('connections', () => {
  test('are tried again after waits that grow, and the line is stale without any', () => {
    assertSteps(liveRun(A, B), [
      [closed(A), 'connect A 50', 'report-closed A'],
      [closed(A), 'connect A 100', 'report-closed A'],
      [closed(B), 'connect B 50', 'report stale', 'report-closed B'],
    ])
  })

  test('whose user or password is refused wait minutes, up to half an hour', () => {
    const refusal = closed(A, 'credentials')
    const waits = [90_000, 180_000, 360_000, 720_000, 1_440_000, 1_800_000, 1_800_000]
    assertSteps(
      liveRun(A, B),
      waits.map(wait => [refusal, `connect A ${wait}`, 'report-closed A'] as const),
    )
  })

  test('that lasted are tried again as if they had never failed', () => {
    const run = liveRun(A, B)
    assertSteps(run, [
      [closed(A), 'connect A 50', 'report-closed A'],
      [opened(A, 10), 'report-connected A'],
      5001,
      [closed(A), 'connect A 50', 'report-closed A'],
    ])
  })

  test('must carry the same session, and the later session wins', () => {
    assertSteps(liveRun(A, B), [
      [closed(B), 'connect B 50', 'report-closed B'],
      [opened(B, 10, SESSION - 1), 'disconnect B session'],
      [closed(B, 'session'), 'connect B 100', 'report-closed B'],
      [
        opened(B, 2, SESSION + 1),
        'disconnect A session',
        'report-connected B',
        'request-frames B 1-2',
        'report recovering',
      ],
    ])
  })

  test('are ended when they leave a request without an answer for five seconds', () => {
    assertSteps(liveRun(A), [
      [arrives(A, frameOf('heartbeat', 11)), 'request-frames A 11-11', 'report recovering'],
      ...[1000, 2000, 2000].flatMap(wait => [wait, [CHECK] as const]),
      1,
      [CHECK, 'disconnect A unanswered'],
    ])
  })

  test('are not blamed for the time in which reading is paused', () => {
    const run = liveRun(A)
    run.step(arrives(A, frameOf('heartbeat', 11)))
    assertSteps(run, [
      [{ kind: 'paused' }],
      ...[1, 2, 3, 4, 5, 6].flatMap(() => [2000, [CHECK] as const]),
      [{ kind: 'resumed' }],
      2000,
      [CHECK],
    ])
  })

  test('are not tried again once the session closes', () => {
    const run = liveRun(A, B)
    assertSteps(run, [[{ kind: 'closing' }], [closed(A)], [closed(B), 'report stale']])
  })
})

test('frame numbers that no connection comes nearer to are forgotten, and a snapshot is taken', () => {
  const run = liveRun(A, B)
  run.step(arrives(A, frameOf('heartbeat', 20)))
  run.step(closed(A))
  const effects: string[] = []
  for (let second = 0; second < 8; second++) {
    run.now += 1000
    effects.push(...run.step(CHECK).map(nameOf))
  }
  assert.deepEqual(effects.slice(0, 2), ['start-timer snapshot 50', 'report recovering'])
})
