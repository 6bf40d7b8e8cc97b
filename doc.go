// Package whatspie manages WhatsApp devices on Whatspie: it creates a device on a package plan, shows its QR code to a
// person with a phone, notices that the phone has connected, and keeps noticing when it drops.
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
// The sections below are the contract of the package.
//
// # Defaults
//
// A call takes at most 4 attempts of at most 30 seconds each. The caller's context bounds the whole call, including the
// waits between attempts. At most 32 MiB of a response are read. Nothing is logged. Each default has an [Option].
//
// # Retries
//
// A read (GET, HEAD, OPTIONS or TRACE) is retried after a failed connection, after a response that was cut or stalled, and
// after HTTP 408, 429 and 5xx, whether the status is in HTTP's header or in the body. It is not retried if the server's
// certificate cannot be verified.
//
// A request with any other method may change something. It is retried only if the server certainly did not act on it: if
// the connection failed, and after 429. If the outcome is unknown, the call fails with [ErrOutcomeUnknown] and is not sent
// again. That includes the retries of net/http over HTTP/2 and those of a transport that retries by itself: a device costs
// money, and the API has no idempotency keys. [DevicesService.CreateConfirmed] resolves such a case by listing the devices
// before and after.
//
// The waits between attempts are random, up to a limit of 500 ms that doubles up to 8 seconds. A Retry-After of the server
// is the minimum wait, plus up to 2 seconds or a tenth of it, so that clients do not return all at once. If the server asks
// for more than 60 seconds, or for more time than the context has left, the call fails at once with [APIError.RetryAfter]
// set. [DevicesService.Pair] and [DevicesService.Watch] ask again after 60 seconds at the latest.
//
// All calls of a [Client] share a budget of 100 retries. One is returned every second, and one for every 10 calls that the
// server answers. While the budget is spent, calls are sent once and fail with [ErrRetryBudget] beside their failure, so
// that an outage is not multiplied by those who wait for its end.
//
// # Errors
//
// Every error of a call is, or wraps, an [*APIError]: what was sent, what came back, after how many attempts, and whether
// to call again ([APIError.Retryable]). Test what it means with [errors.Is] and the sentinels of this package. A specific
// sentinel ([ErrDeviceLimit]) and its general one ([ErrForbidden]) both match, and so do the context's error and the cause.
// [ErrOutcomeUnknown] matches alone. A failure in the body is an error even with HTTP 200, and a failing HTTP status is an
// error whatever the body says.
//
// # Secrets
//
// The token and QR codes never appear in an error, a log record or a printed value, even if the server repeats them, within
// the limits that SECURITY.md names. The token is sent only to the scheme and host of the base URL: a redirect elsewhere is
// not followed, and neither is any redirect of a request that changes something. Plain http is refused except on loopback
// or with [WithInsecureHTTP].
//
// # Threats
//
//   - An attacker on the network can neither read nor change the traffic, unless [WithInsecureHTTP] is set. TLS is net/http's.
//   - A hostile or broken server cannot make the client panic, exhaust memory, or create a device twice. It can still return
//     false data.
//   - A hostile proxy or redirect learns only which host the TLS connection goes to. The proxy is the [http.Client]'s.
//   - Log records contain paths, device IDs and the server's messages, but neither the token nor a code.
//   - Code in the same process, including a transport or trace of your own, sees everything. Memory is not wiped.
//
// # Concurrency
//
// A [Client] is safe for concurrent use and needs no closing. Goroutines run only during a call or a loop. All loops
// ([DevicesService.Pair], [DevicesService.WaitPaired], [DevicesService.Watch]) of a Client share one goroutine that polls
// for all of them.
//
// # Compatibility
//
// Within a major version, exported names stay and keep their meaning. Struct fields, enum constants, sentinels and event
// kinds may be added, so a switch needs a default. The texts of errors and log records may change. Values that the API sends
// and this package does not know are passed on unchanged; [WithDriftHandler] reports them.
//
// # Testing
//
// Package whatspietest is a fake of the API: it keeps devices, makes codes that can be scanned, and fails on request, with
// or without a socket. Package pairweb is a pairing page for a browser.
package whatspie
