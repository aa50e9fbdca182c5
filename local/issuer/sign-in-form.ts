/** The sign-in form of the local issuer. It accepts every user, without a password. */

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.6 "Hiragino Sans", "Noto Sans JP", sans-serif }
body { display: grid; place-items: center; min-height: 100vh; margin: 0; background: light-dark(#eef1f5, #10151c) }
form { display: grid; gap: 12px; width: min(320px, 80vw); padding: 28px; border-radius: 14px;
  background: light-dark(#fff, #1a212b); border: 1px solid light-dark(#d5dbe3, #323c49) }
h1 { margin: 0; font-size: 18px }
p { margin: 0; font-size: 12px; color: light-dark(#55606e, #9aa7b6) }
label { display: grid; gap: 4px; font-size: 12px }
input, button { font: inherit; padding: 8px 12px; border-radius: 8px; border: 1px solid light-dark(#8a95a3, #6b7787) }
button[value=allow] { background: light-dark(#1557b0, #7db4ff); color: light-dark(#fff, #08213f); font-weight: 700 }
`

/** The headers of the form. A form-action would also forbid the return to the app. */
export const FORM_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
} as const

/**
 * Returns the page with the form. It sends the fields `user` and `answer` (`allow` or `refuse`) to its own address, which has the
 * request.
 */
export function signInForm(user: string): string {
  return `<!doctype html>
<html lang="ja">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>サインイン itastream</title>
    <style>${STYLE}</style>
  </head>
  <body>
    <form method="post">
      <h1>サインイン</h1>
      <p>この計算機の模擬市場用です。パスワードはありません。 For the system on this machine only: no password.</p>
      <label>ユーザー User <input name="user" value="${user}" required maxlength="255" autocomplete="off"></label>
      <button name="answer" value="allow" autofocus>サインイン Sign in</button>
      <button name="answer" value="refuse" formnovalidate>キャンセル Cancel</button>
    </form>
  </body>
</html>
`
}
