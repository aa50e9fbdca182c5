/** The reference of the API: docs/client-api.md is that of the code, and every name has a comment. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { readApiModel } from '../../../tools/client-package/api-model.ts'
import { apiPage, withoutComment } from '../../../tools/client-package/api-page.ts'
import { API_MODEL } from '../../../tools/client-package/build-client.ts'
import { ROOT } from './packed-client.ts'

/** The package was packed before, so the model is that of the code. */
export function referenceSuite(): void {
  describe('docs/client-api.md', () => {
    it('is what `npm run client-api` writes', async () => {
      const page = await readFile(join(ROOT, 'docs/client-api.md'), 'utf8')
      assert.equal(page, apiPage(readApiModel(API_MODEL)), 'expected the page of `npm run client-api`')
    })

    it('explains every name and every member', () => {
      assert.deepEqual(withoutComment(readApiModel(API_MODEL)), [])
    })
  })
}
