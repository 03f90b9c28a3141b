/** Which network an address is in, as far as one household or machine can change it at will. */

/**
 * The IPv4 address; of an IPv6 address its first 64 bits, as the rest is the machine's to
 * choose; `unix` for all unix connections.
 * @param address `1.2.3.4:5678`, `[::1]:5678`, `unix:7`
 */
export function networkOf(address: string): string {
  const host = address.slice(0, address.lastIndexOf(":"));
  if (!host.startsWith("[")) return host;
  const [front = "", back] = host.slice(1, -1).split("%")[0]!.split("::");
  const groups = front === "" ? [] : front.split(":");
  const behind = back === undefined || back === "" ? 0 : back.split(":").length;
  const left = back === undefined ? 0 : 8 - groups.length - behind;
  for (let i = 0; i < left; i++) groups.push("0");
  return `${groups.slice(0, 4).join(":")}::/64`;
}
