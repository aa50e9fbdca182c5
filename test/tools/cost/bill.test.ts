import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { itastreamBill } from '../../../tools/cost/bill.ts'
import { STORED_BYTES_A_TICK, STORED_WRITES_A_TICK } from '../../../tools/cost/measured.ts'
import { averageMonth, type Month, YEAR } from '../../../tools/cost/month.ts'
import { othersRealtime, ownRealtime } from '../../../tools/cost/others.ts'
import { prodBill } from '../../../tools/cost/prod-bill.ts'
import { readsBill } from '../../../tools/cost/reads.ts'
import { referenceBill, TICKS } from '../../../tools/cost/reference.ts'
import { type Traffic, trafficOf, type Usage } from '../../../tools/cost/traffic.ts'

/** Twenty dates of nine hours awake, 5.5 of them trading; 30 days. */
const MONTH: Month = {
  tradingDates: 20,
  hours: 720,
  awakeHours: 180,
  standbyHours: 170,
  canaryHours: 175,
  tradingHours: 110,
  shardHours: 900,
  readyHours: { connect: 100, message: 120, broadcast: 180, 'push-room': 40 },
}
const SECONDS = 110 * 3600
const TRAFFIC: Traffic = {
  ticksPerSecond: 2500,
  round: 0.1,
  rounds: 20,
  pushes: 80,
  stretch: 1,
  posts: 100,
  updates: 5,
  bytesAPost: 1000,
  sentBytesAPost: 600,
  changes: 1000,
  boardWrites: 44,
}
const USAGE: Usage = {
  connections: 50,
  issues: 20,
  ticks: 1_000_000_000,
  pace: 500,
  view: 'board',
  encoding: 'deflate-1',
}
const month = averageMonth(YEAR)

const billOf = (usage: Usage) => itastreamBill(usage, trafficOf(usage, month), month)
const near = (actual: number | undefined, expected: number): void =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 1e-6, `expected ${expected}, got ${actual}`)

const usages = fc.record({
  connections: fc.oneof(fc.nat(30), fc.nat(100_000)),
  issues: fc.nat(200),
  ticks: fc.oneof(fc.nat(1_000_000), fc.nat(2_000_000_000)),
  pace: fc.integer({ min: 100, max: 5_000 }),
  view: fc.constantFrom('board' as const, 'quote' as const),
  encoding: fc.constantFrom('json' as const, 'deflate-1' as const),
})

test('a bill equals an example calculated by hand', () => {
  const { lines, total } = itastreamBill(USAGE, TRAFFIC, MONTH)
  const amount = (service: string, what: string) =>
    lines.find(line => line.service === service && line.what === what)?.amount
  near(amount('Kinesis', 'shards'), 17.55)
  near(amount('Fargate', '3 ingest tasks: CPU'), 540 * 0.5 * 0.04045)
  near(amount('Fargate', 'memory'), 540 * 0.00442)
  near(amount('Fargate', 'standby tasks: CPU'), 510 * 0.5 * 0.04045)
  // Four renewals a second of three lines.
  near(amount('DynamoDB', 'leases: renewals'), ((540 * 3600 * 4) / 1e6) * 0.715)
  near(amount('DynamoDB', 'standby tasks: reads of the leases'), ((510 * 3600 * 4) / 1e6) * 0.1425)
  near(
    amount('Lambda', 'environments kept ready'),
    (100 / 2 + 120 + 220 * (1769 / 1024)) * 3600 * 0.0000033334,
  )
  // A call a minute, half a gigabyte for a second, and four requests.
  near(amount('Lambda', 'canary, a second a call'), 175 * 60 * 0.5 * 0.0000133334)
  near(amount('API Gateway', 'requests of the canary'), (175 * 60 * 4 * 1.29) / 1e6)
  near(amount('Other', 'scheduler'), (2 * 12 * 720 + 60 * 175) / 1e6)
  near(amount('DynamoDB', 'ticks, packed'), 1000 * STORED_WRITES_A_TICK * 0.715)
  near(amount('DynamoDB', 'ticks kept 31 days'), (STORED_BYTES_A_TICK * 31 * 0.285) / 30)
  near(amount('DynamoDB', 'newest boards'), ((44 * SECONDS) / 1e6) * 0.715)
  near(amount('DynamoDB', 'boards read by apps'), (50 * 20 * 3 * 10 * 0.1425) / 1e6)
  near(amount('API Gateway', 'posts to apps'), 49.896)
  near(amount('API Gateway', 'connections'), (50 * 110 * 60 * 0.315) / 1e6)
  // 100 posts a second of 600 bytes.
  near(amount('Data transfer', 'posts to apps'), 39.6 * 0.6 * 0.114)
  // A CPU second for 99,000 ticks, and six lanes whose batches of a minute wait for five seconds with half a vCPU.
  const packing = (1e9 / 99_000) * (1769 / 1024) + ((6 * SECONDS) / 60) * 5 * (896 / 1024)
  near(amount('Lambda', 'ticks, packing them'), packing * 0.0000133334)
  // A billion ticks of 43 bytes a month: one month of it is new, two are read rarely, three are old.
  near(amount('S3', 'archive, last month'), 43 * 0.025)
  near(amount('S3', 'archive, not read for 30 days'), 2 * 43 * 0.0138)
  near(amount('S3', 'archive, not read for 90 days'), 3 * 43 * 0.005)
  // 32 files a date, written twice and watched for six months.
  near(amount('S3', 'archive, objects put under tiering'), (20 * 32 * 2 * 10) / 1e6)
  near(amount('S3', 'archive, objects whose reads are watched'), (20 * 32 * 6 * 2.5) / 1e6)
  // 14 of each line, 23 of functions and 10 of event sources, for 180 of 720 hours.
  near(amount('CloudWatch', 'metrics, while awake'), (75 / 4) * 0.3)
  near(amount('CloudWatch', 'metrics of all hours'), 1.8)
  near(amount('Lambda', 'broadcast'), 20 * 0.1 * SECONDS * (1769 / 1024) * 0.0000077778)
  near(amount('Lambda', 'push-room'), 80 * 0.1 * SECONDS * (1769 / 1024) * 0.0000133334)
  near(
    total,
    lines.reduce((sum, line) => sum + line.amount, 0),
  )
})

test('what prod adds equals an example calculated by hand', () => {
  const { lines, total } = prodBill(USAGE, TRAFFIC, MONTH)
  const amount = (service: string, what: string) =>
    lines.find(line => line.service === service && line.what === what)?.amount
  // Five endpoints in two zones for 720 hours.
  near(amount('Network', '5 interface endpoints in 2 zones'), 10 * 720 * 0.014)
  // A shard for 900 hours, as in the bill above.
  near(amount('Kinesis', 'records kept for seven days'), 900 * 0.026)
  near(amount('Edge', 'list of the firewall'), 5)
  near(amount('Edge', 'rules of the firewall'), 8)
  near(amount('Keys', 'keys of the stack'), 2)
  // 3 connects of 50 apps on 20 dates, and two schedules every five minutes.
  near(amount('CloudWatch', 'traces of connects and schedules'), ((3 * 50 * 20 + 2 * 12 * 720) * 5) / 1e6)
  near(
    total,
    lines.reduce((sum, line) => sum + line.amount, 0),
  )
})

test('a post of more than 32 KB of JSON counts as two messages', () => {
  const posts = (bytesAPost: number) => ownRealtime(USAGE, { ...TRAFFIC, bytesAPost }, MONTH).lines[0]?.amount
  near(posts(32_768), 49.896)
  near(posts(32_769), 2 * 49.896)
})

test('other services charge each delivery by 5 KB, and each publishing', () => {
  const others = othersRealtime(USAGE, { ...TRAFFIC, sentBytesAPost: 5121 }, MONTH)
  const minutes = 50 * 110 * 60
  const updates = (1000 + 100 * 5) * SECONDS
  const rounds = 2 * 2 * 100 * SECONDS
  assert.deepEqual(
    others.map(({ name, bill }) => [name, bill.total.toFixed(6)]),
    [
      ['AppSync Events, a channel an issue', ((updates * 1 + minutes * 0.08) / 1e6).toFixed(6)],
      ['AppSync Events, a channel an app', ((rounds * 1 + minutes * 0.08) / 1e6).toFixed(6)],
      ['IoT Core, a channel an issue', ((updates * 1.2 + minutes * 0.096) / 1e6).toFixed(6)],
      ['IoT Core, a channel an app', ((rounds * 1.2 + minutes * 0.096) / 1e6).toFixed(6)],
    ],
  )
})

test('the reference stores 1 TB and has its 30,000 write units at its own ticks', () => {
  const usage = { ...USAGE, ticks: TICKS }
  const [units, stored] = referenceBill(usage, TRAFFIC, MONTH).lines
  assert.equal(units?.quantity, 30_000 * 180)
  assert.ok(Math.abs((stored?.quantity ?? 0) - (1000 * 31) / 30) < 0.001)
})

test('a million reads cost a million requests of two read units', () => {
  const amounts = readsBill(1_000_000).lines.map(({ amount }) => amount)
  near(amounts[0], 1.29)
  near(amounts[2], 0.2)
  near(amounts[3], 0.285)
})

test('a bill without apps has no posts, only ticks and standing costs', () => {
  const { lines } = billOf({ ...USAGE, connections: 0 })
  for (const { service, what, amount } of lines) {
    if (/apps|connections|push-room/.test(what)) assert.equal(amount, 0, `${service}: ${what}`)
  }
})

test('a bill without apps and ticks has only costs by the hour', () => {
  const { lines, total } = billOf({ ...USAGE, connections: 0, ticks: 0 })
  const written = lines.filter(({ price, amount }) => price.unit === 'write units' && amount > 0)
  assert.deepEqual(
    written.map(({ what }) => what),
    ['leases: renewals', 'standby tasks: writes'],
  )
  assert.ok(total > 50 && total < 120, `got ${total}`)
})

test('more apps, more issues or more ticks never cost less', () => {
  fc.assert(
    fc.property(usages, usages, (usage, more) => {
      const { total } = billOf(usage)
      for (const name of ['connections', 'issues', 'ticks'] as const) {
        const larger = billOf({ ...usage, [name]: usage[name] + more[name] }).total
        assert.ok(larger >= total - 1e-6, `${name}: ${total} became ${larger}`)
      }
    }),
    { numRuns: 300 },
  )
})
