/** What a user does to sign in and out, in a real browser at the local issuer. */
import type { Page } from 'playwright-core'

/** Presses サインイン, and sends the form of the issuer. */
export async function signIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'サインイン' }).first().click()
  await answerForm(page, 'サインイン Sign in')
}

/** Waits for the form of the issuer, and presses one of its buttons. */
export async function answerForm(
  page: Page,
  button: 'サインイン Sign in' | 'キャンセル Cancel',
): Promise<void> {
  await page.waitForURL('**/authorize?*')
  await page.getByRole('button', { name: button }).click()
}

/** Presses サインアウト, and waits until the issuer has returned to the page. */
export async function signOut(page: Page): Promise<void> {
  const isBack = page.waitForEvent('load')
  await page.getByRole('button', { name: 'サインアウト' }).click()
  await isBack
  await page.locator('.hint').waitFor()
}
