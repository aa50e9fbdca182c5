import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  addMember,
  createMembers,
  isHeld,
  removeMember,
  setIssues,
} from '../../../functions/broadcast/members.ts'
import type { View } from '../../../market/view.ts'

const START = { pace: 500, since: 0, encoding: 'json', eventsSince: 0 } as const
const viewsOf = (view: View, ...issues: string[]) => new Map(issues.map(issue => [issue, view]))

test('an issue that a member gives up is neither fresh nor owed, and has no holder; new issues are returned', () => {
  const members = createMembers()
  const app = addMember(members, 'app', 'room-0', START)
  const other = addMember(members, 'other', 'room-0', START)
  assert.deepEqual(setIssues(members, app, viewsOf('board', '6758', '7203')), ['6758', '7203'])
  setIssues(members, other, viewsOf('quote', '7203'))
  for (const issue of app.issues.keys()) {
    app.fresh.add(issue)
    app.owed.add(issue)
  }
  assert.deepEqual(setIssues(members, app, viewsOf('board', '6758', '9984')), ['9984'])
  assert.deepEqual([...app.fresh, ...app.owed], ['6758', '6758'])
  assert.deepEqual([...members.byIssue.get('7203')!], [other])
  removeMember(members, app)
  assert.deepEqual(
    [isHeld(members, '6758'), isHeld(members, '9984'), isHeld(members, '7203')],
    [false, false, true],
  )
  assert.deepEqual([...members.byConnection.values()], [other])
})

test('an issue in another view is new to the member', () => {
  const members = createMembers()
  const app = addMember(members, 'app', 'room-0', START)
  setIssues(members, app, viewsOf('quote', '6758', '7203'))
  assert.deepEqual(
    setIssues(
      members,
      app,
      new Map([
        ['6758', 'quote'],
        ['7203', 'board'],
      ]),
    ),
    ['7203'],
  )
  assert.equal(app.issues.get('7203'), 'board')
  assert.deepEqual([...members.byIssue.get('7203')!], [app])
})
