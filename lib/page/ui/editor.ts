import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml as yamlLanguage } from "@codemirror/lang-yaml";
import {
  bracketMatching,
  defaultHighlightStyle,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** A text editor. */
export interface Editor {
  destroy(): void;
}

/** Uses the page's colours, so that they follow light and dark. */
const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--key)" },
  { tag: tags.string, color: "var(--text)" },
  { tag: tags.comment, color: "var(--faint)", fontStyle: "italic" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--value)" },
]);

const look = EditorView.theme({
  "&": { fontSize: "12.5px", color: "var(--text)", backgroundColor: "var(--code)" },
  "&.cm-focused": { outline: "2px solid var(--accent)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--faint)", border: "none" },
  ".cm-activeLine": { backgroundColor: "var(--over)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-scroller": { fontFamily: "var(--mono)", maxHeight: "50vh" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selection) !important" },
});

/**
 * Creates a YAML editor. It is in a shadow tree, where it uses constructed style sheets, which the page's content security policy allows, instead of style
 * elements, which it forbids.
 */
export function editorIn(box: HTMLElement, text: string, changed: (text: string) => void): Editor {
  const host = document.createElement("div");
  box.replaceChildren(host);
  const root = host.attachShadow({ mode: "open" });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        highlightActiveLine(),
        syntaxHighlighting(colours),
        syntaxHighlighting(defaultHighlightStyle, { fallback: true }),
        yamlLanguage(),
        look,
        EditorView.contentAttributes.of({ "aria-label": "Policy as YAML. Escape, then Tab leaves the editor." }),
        keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (!docChanged) return;
          clearTimeout(timer);
          timer = setTimeout(() => changed(state.doc.toString()), 60);
        }),
      ],
    }),
  });
  return {
    destroy() {
      clearTimeout(timer);
      view.destroy();
    },
  };
}
