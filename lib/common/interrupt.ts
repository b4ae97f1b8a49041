/** Undoes something that must not stay behind. Synchronous: nothing waits for it any more. */
type Undo = () => void;

const undos = new Set<Undo>();
/** By how a shell counts them: 128 and the number of the signal. */
const exits = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Undoes something if the process is interrupted (SIGINT, SIGTERM, SIGHUP) before it is done. Where nobody else listens for the signal, the process
 * then ends with the status of a command that the signal ended.
 *
 * @returns what is called when there is nothing to undo any more
 */
export function whileInterruptible(undo: Undo): () => void {
  if (undos.size === 0) for (const signal of signals) process.on(signal, onSignal);
  undos.add(undo);
  return () => {
    undos.delete(undo);
    if (undos.size === 0) for (const signal of signals) process.off(signal, onSignal);
  };
}

const signals = Object.keys(exits) as (keyof typeof exits)[];

function onSignal(signal: NodeJS.Signals): void {
  // The newest first: a child that writes into a folder ends before the folder is removed.
  for (const undo of [...undos].reverse()) {
    try {
      undo();
    } catch {
      // The others are undone all the same; the next run collects what is left.
    }
  }
  if (process.listenerCount(signal) === 1) process.exit(exits[signal as keyof typeof exits]);
}
