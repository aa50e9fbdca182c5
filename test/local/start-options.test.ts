import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { AWS_QUOTAS } from '@itastream/local-cloud/account-quotas'
import { syntheticMarket } from '../../local/local-market.ts'
import { formatQuotas } from '../../local/quota-option.ts'
import { HELP, parseOptions } from '../../local/start-options.ts'
import { momentOf } from '../../market/moment.ts'
import { asEpochMillis, asTradingDate } from '../../market/units.ts'

suite('the options of npm start', () => {
  test('have defaults for everything', () => {
    assert.deepEqual(parseOptions([]), {
      issues: 50,
      rate: 300,
      seed: 1,
      speed: 1,
      port: 8080,
      marketTime: { time: 34_200_000_000 },
    })
  })

  test('are all explained by --help', () => {
    assert.equal(parseOptions(['--help']), 'help')
    for (const name of ['issues', 'rate', 'seed', 'speed', 'market-time', 'port', 'data', 'quota']) {
      assert.match(HELP, new RegExp(`--${name} `))
    }
  })

  test('take a trading date with the market time', () => {
    const options = parseOptions(['--market-time', '2026-11-20T12:29:30', '--data', 'x'])
    assert.ok(options !== 'help')
    assert.deepEqual(options.marketTime, { date: 20261120, time: 44_970_000_000 })
    assert.equal(options.data, 'x')
  })

  test('take a market time from the hour before the warm-up to the evening', () => {
    const timeOf = (text: string): number => {
      const options = parseOptions(['--market-time', text])
      assert.ok(options !== 'help')
      return options.marketTime.time
    }
    assert.equal(timeOf('07:00'), 25_200_000_000)
    assert.equal(timeOf('20:00'), 72_000_000_000)
    for (const outside of ['06:59:59', '20:00:01']) {
      assert.throws(() => timeOf(outside), { message: /from 07:00 to 20:00 Tokyo time/ })
    }
  })

  test('have a rate that a small machine can process at the chosen speed', () => {
    const rateAt = (...args: string[]): number => {
      const options = parseOptions(args)
      assert.ok(options !== 'help')
      return options.rate
    }
    assert.equal(rateAt('--speed', '16'), 300)
    assert.equal(rateAt('--speed', '20'), 250)
    assert.equal(rateAt('--speed', '60'), 83)
    assert.equal(rateAt('--speed', '60', '--rate', '300'), 300)
  })

  test('are refused with every problem at once', () => {
    assert.throws(() => parseOptions(['--issues', '0', '--rate', 'many', '--market-time', '25:00']), {
      name: 'OptionsError',
      message:
        '--issues: expected a whole number from 3 to 4400, got "0"\n' +
        '--rate: expected a whole number from 1 to 30000, got "many"\n' +
        '--market-time: expected HH:MM, HH:MM:SS or YYYY-MM-DDTHH:MM from 07:00 to 20:00 Tokyo time, got "25:00"',
    })
    for (const closed of ['2026-11-22', '2026-11-23', '2026-02-30', '2099-01-05']) {
      assert.throws(() => parseOptions(['--market-time', `${closed}T09:30`]), {
        message: `--market-time: expected a date on which the Tokyo exchange trades, got "${closed}"`,
      })
    }
    assert.throws(() => parseOptions(['--isues', '5']), { name: 'OptionsError', message: /--isues/ })
  })
})

suite('--quota', () => {
  const quotasOf = (text: string) => {
    const options = parseOptions(['--quota', text])
    assert.ok(options !== 'help')
    return options.quotas
  }

  test('takes a share of all quotas', () => {
    assert.deepEqual(quotasOf('0.01'), {
      requests: 100,
      connects: 5,
      concurrency: 10,
      writes: 40,
      reads: 120,
    })
    assert.deepEqual(quotasOf('1'), AWS_QUOTAS)
  })

  test('is described with every quota', () => {
    assert.equal(
      formatQuotas(AWS_QUOTAS),
      '10000 requests/s, 500 connects/s, 4000 writes/s and 12000 reads/s a table, concurrency 1000',
    )
  })

  test('takes single quotas, and leaves the others as they are', () => {
    assert.deepEqual(quotasOf('requests=200, connects=10'), {
      requests: 200,
      connects: 10,
      concurrency: 1_000,
      writes: 4_000,
      reads: 12_000,
    })
  })

  test('is refused with every problem at once', () => {
    assert.throws(() => quotasOf('requests=20000,posts=5,connects=,writes=1.5,reads=1,reads=2'), {
      name: 'OptionsError',
      message:
        '--quota: requests: expected a whole number from 1 to 10000, got "20000"\n' +
        '--quota: expected one of requests, connects, concurrency, writes, reads, got "posts=5"\n' +
        '--quota: connects: expected a whole number from 1 to 500, got ""\n' +
        '--quota: writes: expected a whole number from 1 to 4000, got "1.5"\n' +
        '--quota: expected reads once, got it again in "reads=2"',
    })
    for (const text of ['0', '0.001', '1.5', 'half', '']) {
      assert.throws(() => quotasOf(text), {
        message: `--quota: expected a number from 0.01 to 1, or quotas such as requests=200,connects=10, got "${text}"`,
      })
    }
  })
})

suite('the market time of a local run', () => {
  const marketAt = (live: number, speed: number) =>
    syntheticMarket({ seed: 1, issues: 9, rate: 300, tradingDate: asTradingDate(20261120), live, speed })

  test('replays the last half hour before live, then goes at its own pace', () => {
    const live = 34_200_000_000
    const { time: plan } = marketAt(live, 1).begin(asEpochMillis(1_000_000))
    assert.equal(plan.from, 32_400_000_000)
    assert.deepEqual(plan.segments, [
      { real: 1_000_000, market: momentOf(asTradingDate(20261120), plan.from) / 1000, speed: 75 },
      { real: 1_024_000, market: momentOf(asTradingDate(20261120), live) / 1000, speed: 1 },
    ])
  })

  test('replays nothing before order acceptance', () => {
    for (const hours of [7.25, 8]) {
      const live = hours * 3_600_000_000
      const { time } = marketAt(live, 2).begin(asEpochMillis(5_000))
      assert.equal(time.from, live)
      assert.deepEqual(time.segments, [
        { real: 5_000, market: momentOf(asTradingDate(20261120), live) / 1000, speed: 2 },
      ])
    }
    const { time } = marketAt(8.25 * 3_600_000_000, 1).begin(asEpochMillis(5_000))
    assert.equal(time.from, 8 * 3_600_000_000)
  })
})
