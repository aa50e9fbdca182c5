/** The canary of a booted system signs in, and its alarm tells when users do not get what they should. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import type { RoleRight } from '@itastream/local-cloud'
import { CANARY_PROGRAM, type System, startSystem } from '../../local/system.ts'
import { until } from '../until.ts'
import { marketWithHistory } from './system-market.ts'

/** Market seconds in a real second: three minutes in a row, which the alarm needs, take 36 s. */
const SPEED = 5
/** Time for a state of the alarm on a busy machine, ms. */
const STATE = { limitMs: 200_000 }

/** Time for everything on a busy machine, ms: also for the boot, which has the first use of each function. */
const SUITE_MS = 900_000

interface Problem {
  readonly where: string
  readonly expected: string
  readonly got: string
}

suite('the canary with a secret', { timeout: SUITE_MS }, () => {
  let system: System
  let alarms: CloudWatchClient

  before(async () => {
    system = await startSystem({
      // The stage with the fewest processes.
      stage: 'dev',
      market: marketWithHistory({ issues: 3, rate: 10, seed: 5, speed: SPEED }),
      ports: { web: 0, websocket: 0, http: 0, issuer: 0 },
      canary: true,
      progress: () => {},
      log: () => {},
    })
    const { endpointUrl: endpoint, region, credentials } = system.cloud
    alarms = new CloudWatchClient({ endpoint, region, credentials })
    // Each function starts for the first time, and the canary gives each answer three seconds.
    await alarmIs('OK', { limitMs: 500_000 })
  })
  after(async () => {
    alarms.destroy()
    await system.close()
  })

  async function look(): Promise<readonly Problem[]> {
    const { problems } = (await system.cloud.invoke('OutsideCanary', {})) as { problems: readonly Problem[] }
    return problems
  }
  /** Waits until the canary reports a problem. On a busy machine it may report a request without an answer, too. */
  async function finds(problem: Problem): Promise<void> {
    await until(
      async () => (await look()).some(found => isDeepStrictEqual(found, problem)),
      `the problem ${problem.expected}`,
      { ...STATE, pollMs: 1_000 },
    )
  }
  /** Waits until `CanaryFails` has a state. The alarm is evaluated each minute of the market. */
  async function alarmIs(state: string, { limitMs } = STATE): Promise<void> {
    const AlarmNames = [system.cloud.ref('AlarmsCanaryFails')]
    await until(
      async () => {
        const { MetricAlarms = [] } = await alarms.send(new DescribeAlarmsCommand({ AlarmNames }))
        return MetricAlarms[0]?.StateValue === state
      },
      `CanaryFails in the state ${state}`,
      { limitMs, pollMs: 250 },
    )
  }
  /** Ends the environments of the canary: a token that one keeps is good for minutes. */
  const forgetToken = (): Promise<void> => system.cloud.crashFunction('OutsideCanary')

  test('signs in, reads a board without the delay and one with it, and sees boards move', async () => {
    await until(async () => (await look()).length === 0, 'a canary without problems', {
      ...STATE,
      pollMs: 1_000,
    })
  })

  test('raises its alarm when its password is no longer right, and ends it when it is again', async () => {
    const { programs, url } = system.issuer
    const password = programs.get(CANARY_PROGRAM)!
    programs.set(CANARY_PROGRAM, 'another password')
    await forgetToken()
    const { host } = new URL(url)
    await finds({
      where: 'access token',
      expected: 'a token of the issuer',
      got: `Error: expected 200 of ${host}, got 400`,
    })
    await alarmIs('ALARM')
    programs.set(CANARY_PROGRAM, password)
    await alarmIs('OK')
  })

  test('raises its alarm when posts reach no app', async () => {
    const isPost = ({ role, action }: RoleRight): boolean =>
      role.startsWith('Broadcast') && action === 'execute-api:ManageConnections'
    const rights = system.cloud.rights.filter(isPost)
    assert.ok(rights.length > 0)
    const giveBack = rights.map(right => right.withhold())
    try {
      await alarmIs('ALARM')
      const { websocketUrl: where } = system.cloud
      await finds({ where, expected: 'an update of a board', got: 'nothing within 10000 ms' })
    } finally {
      for (const give of giveBack) give()
    }
    await alarmIs('OK')
  })
})
