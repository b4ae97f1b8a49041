/** Where the page is served, the server says when there is a newer one; from a file nobody does. */
export function reloadOnChange(): void {
  if (!location.protocol.startsWith("http") || document.documentElement.dataset.live === undefined) return;
  const events = new EventSource("/events");
  events.onmessage = () => location.reload();
}
