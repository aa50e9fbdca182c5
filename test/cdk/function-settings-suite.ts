import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { AUDIENCES, PUBLISH_PATTERN, PUBLISHABLE } from '../../contract/publication.ts'
import { plain } from './plain-values.ts'
import { settingsOf } from './settings-of.ts'
import { synthesize } from './synthesis.ts'
import { read } from './template-reading.ts'

const { resources, template } = synthesize()
const { environments } = read(resources)

/** Parameters of the stack in the environments of functions, by the start of the function's logical id. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  RealtimeConnect: ['TokenIssuer', 'TokenAudience', 'TokenScopes', 'FastestPace', 'ConnectionsAUser'],
  RealtimeMessage: ['TokenIssuer', 'TokenAudience', 'TokenScopes', 'Publish'],
  RestRealtimePrices: ['Publish'],
  RestMarketInfo: ['Publish'],
  BroadcastFunction: ['Publish'],
  OutsideCanary: ['CanarySecret'],
}

suite('the settings of the functions', () => {
  test('give each function its memory (MB) and its time (s), and reserve concurrency for REST alone', () => {
    const functions = settingsOf(
      'AWS::Lambda::Function',
      'MemorySize',
      'Timeout',
      'ReservedConcurrentExecutions',
    )
    const none = undefined
    assert.deepEqual(functions, {
      RealtimeConnectFunction: [512, 10, none],
      RealtimeDisconnectFunction: [512, 10, none],
      RealtimeMessageFunction: [1024, 10, none],
      RestDelayedPricesFunction: [1024, 10, 100],
      RestRealtimePricesFunction: [1024, 10, 100],
      RestMarketInfoFunction: [1024, 10, 50],
      StoreStoreTicksFunction: [896, 120, none],
      BroadcastPushRoomFunction: [1769, 30, none],
      BroadcastFunction: [1769, 30, none],
      OutsideCanaryFunction: [512, 45, none],
      ScheduleMarketHoursFunction: [512, 120, none],
      CloseCloseOfDayFunction: [1769, 900, none],
    })
  })

  test('trace the functions with few calls, and none in the cheap stage', () => {
    const traced = Object.entries(settingsOf('AWS::Lambda::Function', 'TracingConfig')).filter(
      ([, [config]]) => config !== undefined,
    )
    assert.deepEqual(Object.fromEntries(traced), {
      RealtimeConnectFunction: [{ Mode: 'Active' }],
      ScheduleMarketHoursFunction: [{ Mode: 'Active' }],
      CloseCloseOfDayFunction: [{ Mode: 'Active' }],
    })
    const { resources: cheap } = synthesize('dev')
    assert.ok(Object.values(cheap).every(({ Properties }) => Properties?.TracingConfig === undefined))
  })

  test('give each function an alias and a version, which a changed parameter of the stack replaces', () => {
    const functions = Object.keys(settingsOf('AWS::Lambda::Function'))
    const idOf = (fn: string): string => fn.replace(/Function$/, '')
    const aliases = settingsOf('AWS::Lambda::Alias', 'Name', 'FunctionName', 'FunctionVersion')
    for (const [id, values] of Object.entries(aliases)) {
      const fn = id.replace(/Live$/, 'Function')
      const [name, target, version] = values.map(plain)
      // CDK appends a hash of the function to the logical id of its version.
      assert.deepEqual([name, target], ['live', fn])
      assert.match(String(version), new RegExp(`^${fn}CurrentVersion\\w{32,40}\\.Version$`))
    }
    assert.deepEqual(
      Object.keys(aliases),
      functions.map(fn => `${idOf(fn)}Live`),
    )
    const versions = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Version')
    assert.equal(versions.length, functions.length)
    for (const [id, { Properties }] of versions) {
      const { Description } = Properties
      const names = Object.entries(PARAMETERS).find(([prefix]) => id.startsWith(prefix))?.[1]
      if (names === undefined) assert.equal(Description, undefined, id)
      else for (const name of names) assert.ok(plain(Description).includes(name), id)
    }
  })

  test('fit in the description of a version, whatever their values are', () => {
    const { Parameters } = template.toJSON() as {
      Parameters: Record<string, { MaxLength?: number; MaxValue?: number }>
    }
    const longest = (audience: string): string => PUBLISHABLE.map(data => `${data}:${audience}`).join(',')
    const publish = AUDIENCES.map(longest).filter(text => new RegExp(PUBLISH_PATTERN).test(text))
    const mostOf = (name: string): number => {
      const { MaxLength, MaxValue } = Parameters[name] ?? {}
      if (name === 'Publish') return Math.max(...publish.map(text => text.length))
      return MaxLength ?? String(MaxValue).length
    }
    for (const [id, names] of Object.entries(PARAMETERS)) {
      const length = names.map(mostOf).reduce((sum, most) => sum + most, names.length - 1)
      assert.ok(length > 30 && length <= 256, `${id}: ${length}`)
    }
  })

  test('give each function the names and numbers of its environment', () => {
    const control = { CONTROL_TABLE: 'TablesControl' }
    const boards = { BOARDS_TABLE: 'TablesBoards' }
    const rooms = { CONNECTIONS_TABLE: 'TablesConnections', ROOM_COUNT: '10' }
    const ticks = { TICKS_TABLE: 'TablesTicks', KEEP_DAYS: '31' }
    const publish = { PUBLISH: 'Publish' }
    const edge = { EDGE_SECRET: 'EdgeHeaderSecret' }
    const url = { WEBSOCKET_ENDPOINT: 'RealtimeApi.ApiEndpoint/live' }
    const prices = { ...edge, ...ticks, ...boards, ...control, LANES: '2', STORE_SECONDS: '180' }
    const tokens = {
      TOKEN_ISSUER: 'SignInUsers.ProviderURL or TokenIssuer',
      TOKEN_AUDIENCE: 'SignInUsersApp or TokenAudience',
      TOKEN_SCOPES: 'TokenScopes',
    }
    const expected: Record<string, Record<string, string>> = {
      connect: {
        ...rooms,
        ...tokens,
        ...edge,
        FASTEST_PACE_MS: 'FastestPace',
        CONNECTIONS_A_USER: 'ConnectionsAUser',
        USERS_TABLE: 'TablesUsers',
        LOG_ADDRESSES: 'on',
      },
      disconnect: rooms,
      message: { ...rooms, ...boards, ...url, ...tokens, ...publish },
      'delayed-prices': prices,
      'realtime-prices': { ...prices, ...publish },
      'market-info': { ...edge, ...boards, ...control, ...publish },
      'store-ticks': { ...ticks, ...control, UNITS_PER_LANE: '166' },
      'push-room': url,
      broadcast: {
        ...rooms,
        ...boards,
        ...url,
        ...publish,
        PUSH_ROOM_FUNCTION: 'BroadcastPushRoomLive',
        STREAM_NAME: 'TicksStream',
        SHARDS: '1',
        POSTS_PER_SECOND: '8000',
      },
    }
    for (const [name, settings] of Object.entries(expected)) {
      const environment = environments.get(name) ?? {}
      const own = Object.fromEntries(Object.keys(settings).map(key => [key, plain(environment[key])]))
      assert.deepEqual(own, settings, name)
    }
    for (const [name, environment] of environments) {
      assert.equal(environment.POWERTOOLS_METRICS_NAMESPACE, 'itastream', name)
      assert.equal(environment.MARKET_CLOCK, 'system', name)
    }
  })
})
