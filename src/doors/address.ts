/** What a connection is called, after where it comes from. */

/** `1.2.3.4:5678` or `[::1]:5678`; an IPv4 peer of an IPv6 socket is shown as IPv4. */
export function peerAddress(host: string, port: number): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host);
  if (mapped !== null) return `${mapped[1]}:${port}`;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
