/** Builds client/dist, which `npm pack` packs: `npm run build` in client/. */
import { buildClient } from './build-client.ts'

await buildClient()
