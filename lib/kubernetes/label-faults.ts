const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const RULE = 'letters, digits, "-", "_" and ".", with a letter or digit at both ends';

/** Why the API server refuses the key of a label or an annotation (`IsQualifiedName`); undefined if it accepts it. */
export function labelNameFault(key: string): string | undefined {
  const quoted = JSON.stringify(key);
  const parts = key.split("/");
  const name = parts.at(-1) ?? "";
  if (parts.length > 2) return `${quoted} has more than one slash`;
  const prefix = parts.length === 2 ? parts[0] : undefined;
  if (prefix !== undefined && (prefix.length > 253 || !PREFIX.test(prefix))) {
    return `${quoted} does not have a DNS name before its slash`;
  }
  if (name.length > 63) return `${quoted} has a name of more than 63 characters`;
  return NAME.test(name) ? undefined : `${quoted} is not the name of a label: ${RULE}`;
}

/** Why the API server refuses the value of a label (`IsValidLabelValue`); undefined if it accepts it. */
export function labelValueFault(value: string): string | undefined {
  const quoted = JSON.stringify(value);
  if (value.length > 63) return `${quoted} has more than 63 characters`;
  return value === "" || NAME.test(value) ? undefined : `${quoted} is not the value of a label: ${RULE}`;
}
