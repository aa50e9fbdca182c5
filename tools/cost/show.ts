/** Prints the bill as text or as JSON. */
import { figure, formatTable, times } from '../table.ts'
import { type Bill, type Line, servicesOf, standbyOf, storingOf } from './bill-lines.ts'
import type { Month } from './month.ts'
import type { Other } from './others.ts'
import type { Traffic, Usage } from './traffic.ts'

export interface Shown {
  readonly usage: Usage
  readonly month: Month
  readonly year: number
  readonly traffic: Traffic
  readonly bill: Bill
  /** What the stage prod costs in addition. */
  readonly prod: Bill
  readonly reference: Bill
  readonly realtime: Bill
  readonly others: readonly Other[]
  readonly reads: { readonly requests: number; readonly bill: Bill }
}

export function show(shown: Shown): string {
  const { usage, month, traffic, bill, prod, reference, realtime, others, reads } = shown
  const compared: readonly Other[] = [{ name: 'itastream, API Gateway', bill: realtime }, ...others]
  return [
    `A month of ${figure(usage.ticks)} ticks, with ${figure(usage.connections)} apps of ${figure(usage.issues)} issues each (view ${usage.view},`,
    `pace ${figure(usage.pace)} ms) connected in trading hours. List prices of Tokyo in dollars; * marks a price from elsewhere (--prices).`,
    ``,
    `An average month of ${shown.year}: ${figure(month.tradingDates, 1)} trading dates, awake ${figure(month.awakeHours)} of ${figure(month.hours)} hours, trading ${figure(month.tradingHours)}.`,
    `In a second of trading: ${figure(traffic.ticksPerSecond)} ticks, ${figure(traffic.rounds, 1)} rounds, ${figure(traffic.boardWrites)} write units of boards,`,
    `${figure(traffic.posts)} posts of ${figure(traffic.updates, 1)} updates and ${figure(traffic.bytesAPost)} bytes${compressed(usage, traffic)}${atBudget(traffic)}.`,
    ``,
    ...tables('itastream', bill),
    `The second task of each line, which takes over: $${dollars(standbyOf(bill))} of it.`,
    ...(usage.connections === 0 ? [] : [`An app: $${dollars(bill.total / usage.connections)}.`]),
    '',
    ...tables('The stage prod in addition', prod),
    `With the stage prod: $${dollars(bill.total + prod.total)}.`,
    '',
    ...tables('The reference system, an item a tick', reference),
    storing(storingOf(bill), storingOf(reference)),
    '',
    `Delivery to the apps, by service`,
    formatTable([
      ['', 'published', 'delivered', 'minutes', '$'],
      ...compared.map(({ name, bill }) => realtimeRow(name, bill)),
    ]),
    `Not in the bill: readers. ${figure(reads.requests)} requests for a delayed board without a CDN cost $${dollars(reads.bill.total)}.`,
    ``,
  ].join('\n')
}

function compressed({ encoding }: Usage, { sentBytesAPost }: Traffic): string {
  return encoding === 'json' ? '' : `, compressed to ${figure(sentBytesAPost)}`
}

function atBudget({ stretch }: Traffic): string {
  return stretch > 1 ? `, the budget of the account: all paces are ${times(stretch)} as long` : ''
}

/** Returns the bill as one line of JSON. Amounts are dollars a month. */
export function showJson({ usage, traffic, bill, prod, reference, others }: Shown): string {
  const json = {
    usage,
    traffic,
    services: Object.fromEntries(servicesOf(bill)),
    together: bill.total,
    prod: prod.total,
    standby: standbyOf(bill),
    perApp: usage.connections === 0 ? undefined : bill.total / usage.connections,
    reference: reference.total,
    others: Object.fromEntries(others.map(({ name, bill }) => [name, bill.total])),
  }
  return `${JSON.stringify(json)}\n`
}

function storing(ours: number, theirs: number): string {
  const ratio = ours === 0 ? '' : `, ${figure(theirs / ours)} times as much`
  return `Storing ticks: $${dollars(ours)}. An item a tick: $${dollars(theirs)}${ratio}.`
}

function tables(title: string, bill: Bill): string[] {
  const rows = bill.lines.map(line => [`${line.service}: ${line.what}`, ...sum(line)])
  const subtotals = [...servicesOf(bill)].map(([service, amount]) => [service, dollars(amount)])
  return [
    title,
    formatTable([['', 'quantity', 'unit', 'price', '$'], ...rows]),
    formatTable([...subtotals, ['total', dollars(bill.total)]]),
  ]
}

function sum({ quantity, price, amount }: Line): string[] {
  const of = price.per === 1 ? '' : ' a million'
  const mark = price.assumed === undefined ? ' ' : '*'
  return [
    figure(quantity, quantity < 100 ? 1 : 0),
    price.unit,
    `${price.dollars}${of}${mark}`,
    dollars(amount),
  ]
}

/** Returns a row of the delivery table. A service that does not charge publishing has an empty cell. */
function realtimeRow(name: string, { lines, total }: Bill): string[] {
  const quantity = (what: string): string => {
    const found = lines.find(line => line.what === what)
    return found === undefined ? '' : figure(found.quantity)
  }
  return [
    name,
    quantity('published'),
    quantity('delivered') || quantity('posts'),
    quantity('connections'),
    dollars(total),
  ]
}

function dollars(amount: number): string {
  return figure(amount, 2)
}
