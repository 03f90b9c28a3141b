/** SIGHUP: rereads what there is to reread, and does otherwise what it always did. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { fileOf } from "../auth/secrets.ts";
import { compiledBinary } from "../binary.ts";
import { withoutOpenssl, workshop } from "../doors/admission/certificates.ts";
import { trusting } from "../doors/admission/encrypted.ts";
import { LineClient } from "../peers/line-client.ts";
import { startProcess } from "../server-process.ts";
import { testMilliseconds, within } from "../wait-for.ts";
import { Glockd, glockd, onlyUnix, scratch } from "./glockd.ts";

setDefaultTimeout(testMilliseconds);

test("SIGHUP rereads the credentials, and goes on with the old ones if the new are no good", async () => {
  await using room = scratch();
  const [unix, authFile] = [room.path("socket"), room.path("auth")];
  writeFileSync(authFile, await fileOf({ name: "first" }));
  await using server = await Glockd.start([...onlyUnix(unix), "-auth-file", authFile]);
  await server.logged("listening");
  writeFileSync(authFile, "nonsense\n");
  server.signal("SIGHUP");
  const complaint = await server.logged("credentials not reloaded");
  expect(complaint).toContain(`${authFile}, line 1: the first word has to be a role`);
  const first = await LineClient.connect({ unix });
  expect(await first.ask("auth first:first-secret")).toBe("1 ok");
  writeFileSync(authFile, await fileOf({ name: "second" }));
  server.signal("SIGHUP");
  await server.logged("credentials reloaded credentials=1");
  await first.socket.whenEnded();
  const second = await LineClient.connect({ unix });
  expect(await second.ask("auth second:second-secret")).toBe("1 ok");
});

test("SIGHUP while the server still reads its files has them reread once it serves", async () => {
  await using room = scratch();
  const [unix, authFile] = [room.path("socket"), room.path("auth")];
  const texts = [await fileOf({ name: "first" }), await fileOf({ name: "second" })] as const;
  await Bun.$`mkfifo ${authFile}`;
  await using server = await Glockd.start([...onlyUnix(unix), "-auth-file", authFile]);
  // A pipe can be opened by its writer when somebody reads: the server does, and waits for us.
  const reading = await open(authFile, "w");
  server.signal("SIGHUP");
  await reading.write(texts[0]);
  await reading.close();
  await server.logged("listening");
  const rereading = await within("the file is read again", open(authFile, "w"));
  await rereading.write(texts[1]);
  await rereading.close();
  await server.logged("credentials reloaded credentials=1");
  const client = await LineClient.connect({ unix });
  expect(await client.ask("auth second:second-secret")).toBe("1 ok");
});

test.skipIf(withoutOpenssl !== undefined)(
  "A service file of the Go server with -ssl starts this one, and SIGHUP rereads its files",
  async () => {
    await using shop = workshop();
    const [server, ca] = [shop.selfSigned("server"), shop.selfSigned("ca")];
    const flags = ["-ssl", `-ssl-cert=${server.cert}`, `-ssl-key=${server.key}`];
    await using running = await startProcess(...flags, `-ssl-ca=${ca.cert}`);
    const client = shop.signed("client", ca, "client");
    const place = { ...running.doors.tcp, tls: { ...trusting, ...client.texts } };
    const holder = await LineClient.connect(place);
    expect(await holder.ask("g foo")).toBe("1 Lock Get Success: foo");
    const another = shop.selfSigned("another-ca");
    writeFileSync(ca.cert, another.texts.cert);
    process.kill(running.pid, "SIGHUP");
    const other = { ...place, tls: { ...trusting, ...shop.signed("other", another, "o").texts } };
    // Nothing tells this test when it is done but that it is.
    const newcomer = await within("a newcomer of the new CA", welcomed(other));
    expect(await newcomer.ask("g foo")).toBe("0 Lock Get Failure: foo");
    expect(await holder.ask("r foo")).toBe("1 Lock Release Success: foo");
  },
);

async function welcomed(place: { port: number; tls: Bun.TLSOptions }): Promise<LineClient> {
  for (;;) {
    const client = await LineClient.connect(place).catch(() => undefined);
    const reply = await client?.ask("ping").catch(() => undefined);
    if (client !== undefined && reply === "1 pong") return client;
  }
}

test.each([
  ["-ssl", "-ssl needs -ssl-cert, -ssl-key and -ssl-ca"],
  ["-ssl -ssl-cert=a -ssl-key=b", "-ssl needs -ssl-cert, -ssl-key and -ssl-ca"],
  ["-tls-cert=a", "TLS needs both -tls-cert and -tls-key"],
  ["-tls-ca=a", "TLS needs both -tls-cert and -tls-key"],
  ["-tls-cert=/nowhere/a -tls-key=b", "cannot read the certificate in /nowhere/a"],
  ["-auth-file=/nowhere/a", "cannot read the credentials in /nowhere/a"],
])("glockd does not start with %p, and says why with status 2", async (words, complaint) => {
  const { status, stderr } = await glockd(["-port=0", "-ws=0", "-unix=s", ...words.split(" ")]);
  expect(stderr).toContain(complaint);
  expect(status).toBe(2);
});

test("AUTH_USER and AUTH_PASS make a credential, and only together", async () => {
  await using room = scratch();
  const unix = room.path("socket");
  const lonely = await glockd(onlyUnix(unix), { env: { AUTH_USER: "me" } });
  expect([lonely.status, lonely.stderr]).toEqual([
    2,
    expect.stringContaining("set both or neither"),
  ]);
  const env = { AUTH_USER: "me", AUTH_PASS: "s3cret" };
  await using server = await Glockd.start(onlyUnix(unix), { env });
  await server.logged("listening");
  const client = await LineClient.connect({ unix });
  expect(await client.ask("auth me:s3cret")).toBe("1 ok");
  expect(server.stderr()).not.toContain("s3cret");
});

test("Under nohup a SIGHUP does no harm to a server that has nothing to reread", async () => {
  await using room = scratch();
  const unix = room.path("socket");
  const argv = ["nohup", await compiledBinary(), ...onlyUnix(unix)];
  const server = Bun.spawn(argv, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  try {
    const reader = server.stderr.getReader();
    await within("the server listens", reader.read());
    server.kill("SIGHUP");
    const client = await LineClient.connect({ unix });
    expect(await client.ask("g foo")).toBe("1 Lock Get Success: foo");
    server.kill("SIGHUP");
    expect(await client.ask("r foo")).toBe("1 Lock Release Success: foo");
  } finally {
    server.kill("SIGTERM");
    expect(await within("the stop", server.exited)).toBe(0);
  }
});

test("Without nohup a SIGHUP ends a server that has nothing to reread, as it always did", async () => {
  await using room = scratch();
  await using server = await Glockd.start(onlyUnix(room.path("socket")));
  await server.logged("listening");
  server.signal("SIGHUP");
  expect(await server.exited()).toBe(129);
});

test("A server that only this machine can reach is not warned about", async () => {
  await using server = await startProcess();
  const client = await LineClient.connect(server.doors.unix);
  await client.ask("ping");
  expect(server.stderr()).not.toContain("warn");
});
