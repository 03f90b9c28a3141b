/** Whose attempts count as one's. */
import { expect, test } from "bun:test";
import { networkOf } from "../../src/auth/network.ts";

test.each([
  ["1.2.3.4:5678", "1.2.3.4"],
  ["unix:17", "unix"],
  ["[2001:db8:1:2:3:4:5:6]:99", "2001:db8:1:2::/64"],
  ["[2001:db8:1:2::1]:99", "2001:db8:1:2::/64"],
  ["[2001:db8::5]:99", "2001:db8:0:0::/64"],
  ["[::1]:99", "0:0:0:0::/64"],
  ["[1::]:99", "1:0:0:0::/64"],
  ["[fe80::1%eth0]:99", "fe80:0:0:0::/64"],
  ["unknown:0", "unknown"],
])("%s is in %s", (address, network) => expect(networkOf(address)).toBe(network));
