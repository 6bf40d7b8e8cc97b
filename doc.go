// Package whatspie manages WhatsApp devices on Whatspie: it creates a device on a package plan, shows its QR code to
// a person with a phone, notices that the phone has connected, and keeps noticing when it drops.
//
//	client, err := whatspie.NewClientFromEnv() // WHATSPIE_API_TOKEN
//	...
//	device, err := client.Devices.CreateConfirmed(ctx, whatspie.CreateDeviceRequest{
//		Package: whatspie.PackageStartup,
//		Name:    "Customer Service",
//	})
//	...
//	for event, err := range client.Devices.Pair(ctx, device.ID) {
//		...
//	}
//
// The rest of this page is what the package promises.
//
// # Defaults
//
// A call takes at most 4 attempts of at most 30 seconds each, and the caller's context bounds it as a whole, waits
// included. Answers are read up to 32 MiB. Nothing is logged. Each default has an [Option].
//
// # Retries
//
// A read (GET, and HTTP's other safe methods) is tried again after a failed connection, a cut or stalled answer, HTTP
// 408, 429 and 5xx, whether the status stands in HTTP's header or in the body; not after a certificate that cannot be
// verified. A request that changes something (POST, and every other method) is tried again only where the server
// certainly did not act on it: when no connection came about, and after 429. Where the outcome is unknown, the call
// fails with [ErrOutcomeUnknown] and is not sent again, not even by net/http, which repeats some requests over HTTP/2:
// a device costs money, and the API has no idempotency keys. [DevicesService.CreateConfirmed] settles such a case by
// looking.
//
// The waits are random, below a ceiling of 500 ms that doubles up to 8 seconds. A server's Retry-After is a floor
// under them, and up to 2 seconds more, or a tenth of it, keep its clients from coming back all at once. If it asks for
// more than 60 seconds, or for more than the context has left, the call fails at once, with [APIError.RetryAfter] set;
// [DevicesService.Pair] and [DevicesService.Watch] ask again after 60 seconds at the latest.
//
// All calls of one [Client] share a budget of 100 retries, to which one comes back each second and one with every 10
// calls that the server answers. Once it is spent, calls are sent once, and fail with [ErrRetryBudget] beside their
// failure: an outage is not multiplied by those who wait for its end.
//
// # Errors
//
// Every error of a call is, or wraps, an [*APIError], which tells what was sent, what came back, after how many
// attempts, and by [APIError.Retryable] whether to call again. [errors.Is] with the sentinels of this package tells
// what it means: the special one ([ErrDeviceLimit]) and the general one ([ErrForbidden]) both match, and so do the
// context's error and the cause. A failure in the body is an error even with HTTP 200, and a failing HTTP status is one
// whatever the body says.
//
// # Secrets
//
// The token and QR codes never appear in an error, a log or a printed value, even where the server repeats them, within
// the limits that SECURITY.md names. The token is sent to the base URL's scheme and host alone: a redirect elsewhere is
// not followed, nor is any redirect of a request that changes something. Plain http is refused except on loopback or
// with [WithInsecureHTTP].
//
// # Threats
//
//   - An attacker on the network can neither read nor alter anything, short of [WithInsecureHTTP]: TLS is net/http's.
//   - A hostile or broken server makes nothing panic or grow without bounds, and nothing be bought twice. It may lie.
//   - A hostile proxy or redirect learns where the TLS connection goes, and nothing else: the proxy is [http.Client]'s.
//   - Someone who reads logs finds neither secret, but paths, device IDs and what the server says in its messages.
//   - Someone in the same process, a transport or trace of your own included, sees everything. Memory is not wiped.
//
// # Concurrency
//
// A [Client] is safe for concurrent use and needs no closing. It runs a goroutine only while a [DevicesService.Pair]
// or [DevicesService.Watch] loop runs: one for all of them, which asks for the status on behalf of all with one
// request per interval.
//
// # Compatibility
//
// Within a major version, exported names stay and keep their meaning. Struct fields, enum constants, sentinels and
// event kinds may be added, so a switch needs a default. The texts of errors and log records may change. Values that
// the API sends and this package does not know are passed on as they came; [WithDriftHandler] tells of them.
//
// # Testing
//
// Package whatspietest has a fake of the API that keeps devices, makes codes that can be scanned, and misbehaves on
// request, with or without a socket. Package pairweb has the pairing page for a browser.
package whatspie
