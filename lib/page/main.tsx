import { render } from "preact";
import type { PageData } from "./data";
import { App } from "./ui/app";
import { EngineClient } from "./ui/engine-client";
import { reloadOnChange } from "./ui/reload";

const textOf = (id: string) => document.getElementById(id)?.textContent ?? "";
const data = textOf("meshfence-data");
const engine = new EngineClient(textOf("meshfence-worker"), data);
const root = document.getElementById("meshfence");
if (root !== null) render(<App data={JSON.parse(data) as PageData} engine={engine} />, root);
reloadOnChange();
