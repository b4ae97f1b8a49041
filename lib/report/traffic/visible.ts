/**
 * Text from outside as a terminal may show it: control characters, and those that turn the direction of writing, are shown by their number.
 * Names of traffic are whatever somebody sent.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
