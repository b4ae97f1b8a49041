/** Undoes something that must not stay behind. Synchronous, because nothing waits for it. */
type Undo = () => void;

const undos = new Set<Undo>();
/** As it was at the start: a Pulumi program that runs in this process must not prevent its end. */
const { exit } = process;
let interrupted = false;
/** The exit status of a command that a signal ended, as in shells: 128 plus the signal's number. */
export const signalStatus = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Undoes something if the process is interrupted (SIGINT, SIGTERM, SIGHUP) before the returned function is called. Unless something else listens for the
 * signal, the process then exits with the signal's status.
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

/** Whether a signal is ending the process. */
export const isInterrupted = (): boolean => interrupted;

export const signals = Object.keys(signalStatus) as (keyof typeof signalStatus)[];

function onSignal(signal: NodeJS.Signals): void {
  // The newest first: a child that writes into a folder ends before the folder is removed.
  for (const undo of [...undos].reverse()) {
    try {
      undo();
    } catch {
      // Go on with the others; the next run collects what is left.
    }
  }
  if (process.listenerCount(signal) > 1) return;
  interrupted = true;
  exit.call(process, signalStatus[signal as keyof typeof signalStatus]);
}
