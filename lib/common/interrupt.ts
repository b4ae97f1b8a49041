/** Undoes something that must not stay behind. Synchronous: nothing waits for it any more. */
type Undo = () => void;

const undos = new Set<Undo>();
/** The status of a command that one of them ended, as a shell counts it: 128 and the number of the signal. */
export const signalStatus = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Undoes something if the process is interrupted (SIGINT, SIGTERM, SIGHUP) before it is done. Where nobody else listens for the signal, the process
 * then ends with the status of a command that the signal ended.
 *
 * @returns A function to call when there is nothing left to undo.
 */
export function whileInterruptible(undo: Undo): () => void {
  if (undos.size === 0) for (const signal of signals) process.on(signal, onSignal);
  undos.add(undo);
  return () => {
    undos.delete(undo);
    if (undos.size === 0) for (const signal of signals) process.off(signal, onSignal);
  };
}

export const signals = Object.keys(signalStatus) as (keyof typeof signalStatus)[];

function onSignal(signal: NodeJS.Signals): void {
  // The newest first: a child that writes into a folder ends before the folder is removed.
  for (const undo of [...undos].reverse()) {
    try {
      undo();
    } catch {
      // The others are undone all the same; the next run collects what is left.
    }
  }
  if (process.listenerCount(signal) === 1) process.exit(signalStatus[signal as keyof typeof signalStatus]);
}
