/**
 * Characters that must not reach a terminal or a page as they are: controls, direction overrides, invisible ones and
 * halves of surrogate pairs. Line breaks and tabs stay, and the joiners that emoji and some scripts need.
 */
const unsafe = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Without them; for terminals. CRLF becomes LF. */
export function withoutControls(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(unsafe, "");
}

/** With a sign in the place of each, so that a reader sees that something was there; for pages. CRLF becomes LF. */
export function withVisibleControls(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(unsafe, (character) => {
    const code = character.charCodeAt(0);
    // U+2400 and on are pictures of the first 32 control characters.
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd";
  });
}

/** @returns whether it is an absolute http or https address without spaces or control characters */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\/[^\s\p{Cc}\p{Cf}]+$/iu.test(text) && URL.canParse(text);
}
