/** An issue of the master, of which tests look at code and name. */
import type { IssueMaster } from '../../../market/market-event.ts'

export const listedIssue = (code: string, name: string): IssueMaster => ({
  code,
  name,
  section: 'プライム',
  unit: 100,
  basePrice: 21_835_000,
  topix500: true,
})
