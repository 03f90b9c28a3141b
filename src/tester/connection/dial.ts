/** Opens a stream socket to either kind of stream address, behind TLS where that is asked for. */
import { checkServerIdentity } from "node:tls";
import type { Socket, SocketHandler } from "bun";
import type { StreamAddress, TlsOptions } from "./address.ts";

type Handlers = SocketHandler<undefined>;

/**
 * The socket stays open for reading after the peer's FIN. `late`: when to give up on TLS.
 * @throws what the system says, with its `code`, or what is wrong with the certificate.
 */
export async function dial(
  address: StreamAddress,
  handlers: Handlers,
  late?: AbortSignal,
): Promise<Socket<undefined>> {
  if (address.door === "unix")
    return await Bun.connect({ unix: address.path, allowHalfOpen: true, socket: handlers });
  const { host: hostname, port, access } = address;
  const socket =
    access?.tls === undefined
      ? await Bun.connect({ hostname, port, allowHalfOpen: true, socket: handlers })
      : await dialTls({ hostname, port }, { tls: access.tls, late }, handlers);
  // Each write shall leave at once, as a packet of its own.
  socket.setNoDelay(true);
  return socket;
}

async function dialTls(
  place: { readonly hostname: string; readonly port: number },
  { tls, late }: { readonly tls: TlsOptions; readonly late: AbortSignal | undefined },
  handlers: Handlers,
): Promise<Socket<undefined>> {
  const { servername, ...texts } = tls;
  const name = servername ?? place.hostname;
  const shaken = Promise.withResolvers<void>();
  late?.addEventListener("abort", () => shaken.reject(late.reason));
  const cutOff = (): void => shaken.reject(new Error("it ended the connection instead of TLS"));
  const socket = await Bun.connect<undefined>({
    ...place,
    allowHalfOpen: true,
    tls: { ...texts, serverName: name },
    socket: {
      ...handlers,
      handshake(one, success, error) {
        const wrong = error ?? checkServerIdentity(name, one.getPeerCertificate());
        if (success && wrong === undefined) shaken.resolve();
        else shaken.reject(wrong ?? new Error("it speaks no TLS"));
      },
      end(one) {
        cutOff();
        void handlers.end?.(one);
      },
      close(one) {
        cutOff();
        void handlers.close?.(one);
      },
    },
  });
  try {
    await shaken.promise;
    return socket;
  } catch (error) {
    socket.terminate();
    throw error;
  }
}
