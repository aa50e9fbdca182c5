/** Calculates with dates as texts, YYYY-MM-DD. */

const DAY_MS = 86_400_000

export function dayAfter(date: string): string {
  return daysLater(date, 1)
}

export function dayBefore(date: string): string {
  return daysLater(date, -1)
}

/** Whether the exchange never trades on a date. The client does not know the holidays. */
export function isWeekend(date: string): boolean {
  return new Date(date).getUTCDay() % 6 === 0
}

function daysLater(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, date.length)
}
