/** What a conversation sends, and when, over a link that only writes it down. */
import { describe, expect, test } from "bun:test";
import { Conversation } from "../../../src/client/compat/conversation.ts";
import { listing, oneLine } from "../../../src/client/compat/exchange.ts";
import type { LinkEvents } from "../../../src/client/compat/links/link.ts";
import { within } from "../../wait-for.ts";

interface Scene {
  readonly conversation: Conversation;
  readonly events: LinkEvents;
  readonly sent: readonly string[];
}

/** A conversation that is connected; `hear` gets each command as it is sent. */
function scene(keepsCommandsApart: boolean, hear: (command: string) => void = () => {}): Scene {
  const sent: string[] = [];
  let events: LinkEvents | undefined;
  const send = (line: string): void => {
    sent.push(line.replace(/mark-\w+-(\d+)/, "mark $1"));
    hear(line);
  };
  const conversation = new Conversation(
    (itsEvents) => {
      events = itsEvents;
      return { keepsCommandsApart, send, end() {}, destroy() {} };
    },
    {
      connectMilliseconds: undefined,
      readMilliseconds: 10_000,
      onConnect() {},
      onError: (error) => expect.unreachable(error.message),
      onClose() {},
    },
  );
  events!.connect();
  return { conversation, events: events!, sent };
}

describe("A conversation", () => {
  test("marks the end of a listing once the listing has begun", () => {
    const { conversation, events, sent } = scene(false);
    conversation.ask(listing("d"), () => {});
    expect(sent).toEqual(["d\n"]);
    events.bytes(Buffer.from("a: 1.2.3.4:5\nb: 1."));
    expect(sent).toEqual(["d\n", "i mark 1\n"]);
    events.bytes(Buffer.from("2.3.4:5\n"));
    expect(sent).toEqual(["d\n", "i mark 1\n"]);
  });

  test("marks it at once over a link that keeps commands apart", () => {
    const { conversation, sent } = scene(true);
    conversation.ask(listing("d"), () => {});
    expect(sent).toEqual(["d\n", "i mark 1\n"]);
  });

  test("needs no mark where a listing is refused", () => {
    const { conversation, events, sent } = scene(false);
    conversation.ask(listing("d"), () => {});
    conversation.ask(oneLine("me"), () => {});
    events.bytes(Buffer.from("0 disabled\n"));
    expect(sent).toEqual(["d\n", "me\n"]);
  });

  test("marks a listing that says nothing until a mark is answered, and forgets the others", async () => {
    const marks: string[] = [];
    const { conversation, events, sent } = scene(false, (command) => {
      if (command.startsWith("i ")) marks.push(command.slice(2));
      // The first is lost; then the second is answered, and the third too, though too late.
      if (command !== "g x\n" && marks.length === 3) {
        for (const mark of marks.slice(1)) events.bytes(Buffer.from(`0 Lock Not Locked: ${mark}`));
      }
    });
    const answer = new Promise((resolve) =>
      conversation.ask(listing("d"), (error, lines) => resolve([error, lines])),
    );
    const following = new Promise((resolve) =>
      conversation.ask(oneLine("g x"), (error, lines) => resolve([error, lines])),
    );
    expect(await within("the listing", answer)).toEqual([null, []]);
    expect(sent).toEqual(["d\n", "i mark 1\n", "i mark 2\n", "i mark 3\n", "g x\n"]);
    events.bytes(Buffer.from("1 Lock Get Success: x\n"));
    expect(await within("the next reply", following)).toEqual([null, ["1 Lock Get Success: x"]]);
  });
});
