import { Argument, type Command, Command as Commander } from "commander";
import { type Shell, shells } from "../completion/shells";

/** `meshfence completion`: a script that completes commands, options and their choices. */
export function completionCommand(): Commander {
  return new Commander("completion")
    .description("print a script that completes commands and options in a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(shells))
    .addHelpText(
      "after",
      `
  bash  source <(meshfence completion bash)
  zsh   meshfence completion zsh > "\${fpath[1]}/_meshfence"
  fish  meshfence completion fish > ~/.config/fish/completions/meshfence.fish`,
    )
    .action(async (shell: Shell, _: unknown, command: Command) => {
      const [{ completionScript }, { print }] = await Promise.all([
        import("../completion/script.js"),
        import("../output/print.js"),
      ]);
      await print(completionScript(command.parent ?? command, shell));
    });
}
