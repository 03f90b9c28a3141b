/** What somebody finds who opens the web port's address. */

export const greeting = `glockd: a lock server.

Connect a WebSocket to this address and send a line of the protocol, say "g foo"; or use
the HTTP API:

  POST   /v1/locks/NAME     acquire a lock      curl -X POST HOST/v1/locks/foo
  PATCH  /v1/locks/NAME     renew it
  DELETE /v1/locks/NAME     release it
  GET    /v1/locks          list locks
  GET    /v1/clients        list connections
  GET    /v1/stats          counters
  GET    /v1/events         what happens, as server-sent events
  GET    /v1/openapi.json   all of it, in full
  GET    /metrics           for Prometheus
  GET    /healthz, /readyz  whether it lives, and serves

  GET, POST, DELETE /lock/NAME     plain locks, without a body
  PUT, DELETE       /lock/NAME     keyed locks, {"key": "KEY"}
  GET               /locks         keyed locks
`;
