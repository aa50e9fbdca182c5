import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AUDIENCES, PUBLISHABLE, publication } from '../../contract/publication.ts'
import { readSettings, SettingsError } from '../../contract/settings.ts'

const read = (PUBLISH: string | undefined) => readSettings({ PUBLISH: publication }, { PUBLISH }).PUBLISH
/** Returns every pair of data and audience that a text allows. */
const allowed = (text: string): string[] =>
  PUBLISHABLE.flatMap(data =>
    AUDIENCES.filter(audience => read(text).allows(data, audience)).map(audience => `${data} ${audience}`),
  )

test('nothing is published without a permission', () => {
  assert.deepEqual(allowed('none'), [])
})

test('what everybody may have, registered users may have too', () => {
  assert.deepEqual(allowed('news:everybody'), ['news registered', 'news everybody'])
  assert.deepEqual(allowed('news:registered'), ['news registered'])
  assert.deepEqual(allowed('news:registered,base-prices:everybody'), [
    'base-prices registered',
    'base-prices everybody',
    'news registered',
  ])
})

test('other texts are refused, also data that is named twice', () => {
  const bad = [
    '',
    'news',
    'news:',
    'news:nobody',
    'other:everybody',
    'news:everybody,',
    ',news:everybody',
    'news:everybody;base-prices:everybody',
    'news:everybody, base-prices:everybody',
    'none,news:everybody',
    'news:everybody,news:registered',
    'news:registered,base-prices:everybody,news:everybody',
  ]
  for (const text of bad) assert.throws(() => read(text), SettingsError, text)
  assert.throws(() => read(undefined), { message: 'PUBLISH: expected what to publish, got none' })
  assert.throws(() => read('all'), {
    message: 'PUBLISH: expected none or permissions such as news:registered, got "all"',
  })
})

test('a text of random permissions allows exactly them', () => {
  const permission = fc.record({
    data: fc.constantFrom(...PUBLISHABLE),
    audience: fc.constantFrom(...AUDIENCES),
  })
  fc.assert(
    fc.property(fc.uniqueArray(permission, { selector: ({ data }) => data, minLength: 1 }), permissions => {
      const publish = read(permissions.map(({ data, audience }) => `${data}:${audience}`).join())
      for (const data of PUBLISHABLE) {
        const given = permissions.find(each => each.data === data)?.audience
        assert.equal(publish.allows(data, 'everybody'), given === 'everybody')
        assert.equal(publish.allows(data, 'registered'), given !== undefined)
      }
    }),
  )
})
