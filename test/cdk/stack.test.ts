/** Runs all suites about the stack in one process, so that the stack is synthesized once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { synthesize } from './synthesis.ts'
import './whole-template-suite.ts'
import './stack-outside-suite.ts'
import './resource-settings-suite.ts'
import './function-settings-suite.ts'
import './api-settings-suite.ts'
import './role-rights-suite.ts'
import './alarms-suite.ts'
import './data-path-suite.ts'
import './close-of-day-suite.ts'

test('cdk-nag and the rules of CloudFormation find nothing without a reason', () => {
  assert.deepEqual(synthesize().findings, [])
})
