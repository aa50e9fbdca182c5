/** `npm run client-api`: builds the client, and writes docs/client-api.md. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readApiModel } from './api-model.ts'
import { apiPage, withoutComment } from './api-page.ts'
import { API_MODEL, buildClient } from './build-client.ts'

await buildClient()
const items = readApiModel(API_MODEL)
writeFileSync(join(import.meta.dirname, '../../docs/client-api.md'), apiPage(items))
for (const name of withoutComment(items)) process.stderr.write(`${name} has no comment\n`)
