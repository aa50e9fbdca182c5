/** Runs all suites about the stack in one process, so that the stack is synthesized once. */
import './whole-template-suite.ts'
import './stack-outside-suite.ts'
import './resource-settings-suite.ts'
import './role-rights-suite.ts'
import './alarms-suite.ts'
import './data-path-suite.ts'
import './close-of-day-suite.ts'
