/** A part of a text: literal text, or a reference to a name and its members. */
export type Part = string | Access;

export interface Access {
  name: string;
  members: (string | number)[];
}

/**
 * Splits a text at references such as `${name.member[0]["key"]}`. `$${` escapes one.
 *
 * @throws Error for an unclosed or invalid reference
 */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    if (text.startsWith("$${", at)) {
      plain += "${";
      at += 3;
    } else if (text.startsWith("${", at)) {
      const { access, end } = accessAt(text, at + 2);
      if (plain !== "") parts.push(plain);
      plain = "";
      parts.push(access);
      at = end;
    } else plain += text[at++];
  }
  return plain === "" ? parts : [...parts, plain];
}

const tokens = /\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\["((?:\\.|[^"\\])*)"\]|(\})/y;

function accessAt(text: string, from: number): { access: Access; end: number } {
  const path: (string | number)[] = [];
  tokens.lastIndex = from;
  for (;;) {
    const found = tokens.exec(text);
    if (found === null) throw new Error(`\${${text.slice(from, from + 40)} is no name with members, or does not end`);
    const [, member, index, key, close] = found;
    if (close !== undefined) break;
    path.push(index !== undefined ? Number(index) : (member ?? (key ?? "").replaceAll(/\\(.)/g, "$1")));
  }
  const [name, ...members] = path;
  if (typeof name !== "string") throw new Error(`\${${text.slice(from, tokens.lastIndex)} names nothing`);
  return { access: { name, members }, end: tokens.lastIndex };
}
