import { useState } from "preact/hooks";

/** A patch to read and to copy. */
export function Patch({ text }: { text: string }) {
  const [isCopied, setCopied] = useState(false);
  if (text === "") return null;
  const copy = () =>
    void navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <div class="patch">
      <button type="button" class="quiet copy" onClick={copy}>
        {isCopied ? "Copied" : "Copy"}
      </button>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <pre tabIndex={0} role="region" aria-label="Patch">
        {text
          .trimEnd()
          .split("\n")
          .map((line, place) => (
            <span
              key={place}
              class={
                /^(---|\+\+\+|@@)/.test(line)
                  ? "meta"
                  : line.startsWith("+")
                    ? "plus"
                    : line.startsWith("-")
                      ? "minus"
                      : ""
              }
            >
              {line}
              {"\n"}
            </span>
          ))}
      </pre>
    </div>
  );
}
