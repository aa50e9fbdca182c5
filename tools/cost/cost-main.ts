/** `npm run cost`: prints the bill of a month. */
import { UsageError } from '../tool-arguments.ts'
import { itastreamBill } from './bill.ts'
import { HELP, parseOptions } from './cost-options.ts'
import { averageMonth, YEAR } from './month.ts'
import { othersRealtime, ownRealtime } from './others.ts'
import { PRICES, type Price } from './prices.ts'
import { prodBill } from './prod-bill.ts'
import { readsBill } from './reads.ts'
import { referenceBill } from './reference.ts'
import { type Shown, show, showJson } from './show.ts'
import { trafficOf, type Usage } from './traffic.ts'

const READS = 1_000_000

function cost(usage: Usage): Shown {
  const month = averageMonth(YEAR)
  const traffic = trafficOf(usage, month)
  return {
    usage,
    month,
    year: YEAR,
    traffic,
    bill: itastreamBill(usage, traffic, month),
    prod: prodBill(usage, traffic, month),
    reference: referenceBill(usage, traffic, month),
    realtime: ownRealtime(usage, traffic, month),
    others: othersRealtime(usage, traffic, month),
    reads: { requests: READS, bill: readsBill(READS) },
  }
}

function prices(): string {
  return Object.values<Price>(PRICES)
    .map(({ dollars, per, unit, source, assumed }) => {
      const what = per === 1 ? unit : `${per / 1e6 === 1 ? 'million' : per} ${unit}`
      return `$${dollars} a ${what}: ${source}${assumed === undefined ? '' : `\n  * ${assumed}`}\n`
    })
    .join('')
}

try {
  const asked = parseOptions(process.argv.slice(2))
  if (asked === 'help') process.stdout.write(HELP)
  else if (asked === 'prices') process.stdout.write(prices())
  else process.stdout.write((asked.json ? showJson : show)(cost(asked.usage)))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`cost: ${error.message}. See npm run -s cost -- --help.`)
  process.exitCode = 2
}
