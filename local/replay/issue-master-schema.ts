/** The schema of an issue in the issue master, for files that a replay reads. */
import * as v from 'valibot'

export const issueMasterSchema = v.object({
  code: v.string(),
  name: v.string(),
  nameKana: v.exactOptional(v.string()),
  nameEn: v.exactOptional(v.string()),
  section: v.string(),
  unit: v.number(),
  basePrice: v.number(),
  topix500: v.boolean(),
})
