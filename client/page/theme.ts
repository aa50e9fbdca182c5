/** The theme of the page, which the browser keeps for later visits. */
import type { Theme } from './state.ts'

const THEME_KEY = 'itastream.theme'

/** Returns the theme that the user chose at an earlier visit. */
export function storedTheme(): Theme {
  const theme = localStorage.getItem(THEME_KEY)
  return theme === 'light' || theme === 'dark' ? theme : 'auto'
}

/** Shows the page in a theme. */
export function showTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme
}

/** Shows the page in a theme, now and at later visits. */
export function keepTheme(theme: Theme): void {
  showTheme(theme)
  localStorage.setItem(THEME_KEY, theme)
}

/** Returns the colours of a theme on this device. */
export function shownColours(theme: Theme): 'light' | 'dark' {
  if (theme !== 'auto') return theme
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}
