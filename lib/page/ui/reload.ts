/** Reloads the page when its server announces a newer one. Does nothing for a page from a file. */
export function reloadOnChange(): void {
  if (!location.protocol.startsWith("http") || document.documentElement.dataset.live === undefined) return;
  const events = new EventSource("/events");
  events.onmessage = () => location.reload();
}
