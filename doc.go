// Package whatspie manages WhatsApp devices on Whatspie: it creates a device on a package plan, shows its QR code to a
// person with a phone, detects that the phone has connected, and reports when the connection drops.
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
// A read (GET, HEAD, OPTIONS or TRACE) is retried if the connection failed, if the response was cut off or stalled, and
// after status 408, 429 or 5xx, whether in the HTTP status line or in the body. It is not retried if the server's
// certificate cannot be verified or if the server does not speak TLS.
//
// A request with any other method, a write, may change something. It is retried only if the server certainly did not
// act on it: if the connection failed before the request was sent, or after a 429. If the outcome is unknown, the
// request is not sent again and the call fails with [ErrOutcomeUnknown]. The client also prevents net/http and custom
// transports from resending such a request, because a device costs money and the API has no idempotency keys.
// [DevicesService.CreateConfirmed] resolves an unknown outcome by listing the devices before and after the request.
//
// The wait before each retry is random. Its upper limit is 500 ms for the first retry and doubles for each further one,
// up to 8 seconds. If the server sends Retry-After, the client waits at least that long, plus a random time so that
// clients do not all return at once: up to a tenth of Retry-After, or up to a quarter of [RetryPolicy.MaxWait] (2
// seconds by default) if that is longer. If Retry-After exceeds 60 seconds or the time that the context has left, the
// call fails at once with [APIError.RetryAfter] set. If the context would end during any other wait, the call also
// fails at once; the error then matches [context.DeadlineExceeded], although the context has not ended yet. The loops,
// such as [DevicesService.Pair] and [DevicesService.Watch], do not fail: they treat a longer Retry-After as 60 seconds.
//
// All calls of a [Client] share a budget of 100 retries. The budget regains one retry per second, and one for every 10
// calls whose last response is not a retryable failure. While the budget is spent, a call that would be retried fails
// instead, with an error that also matches [ErrRetryBudget]. This keeps retries from multiplying the load on a server
// that is down.
//
// # Errors
//
// Every error of a call is, or wraps, an [*APIError]. It describes the request, the response and the number of
// attempts, and [APIError.Retryable] reports whether to call again. To classify an error, use [errors.Is] with the
// sentinels of this package. A specific sentinel ([ErrDeviceLimit]) and its general one ([ErrForbidden]) both match,
// and so do the context's error and the cause. An [*APIError] that matches [ErrOutcomeUnknown] matches no other
// sentinel.
//
// The API wraps its responses in a JSON object, the envelope: {"status", "message", "data"} for a success, {"code",
// "message", "error"} for a failure. A failure reported in the envelope is an error even with HTTP 200, and a failing
// HTTP status is an error whatever the body says. A failure without the envelope, such as a proxy's error page, does
// not count as a response of the API itself.
//
// # Secrets
//
// The token and QR codes never appear in an error, a log record or a printed value, even if the server repeats them,
// within the limits that SECURITY.md names. The token is sent only to the scheme, host and port of the base URL: a
// redirect to another one is not followed, and a request that may change something follows no redirect at all. Plain
// http is refused, except on a loopback address or with [WithInsecureHTTP].
//
// # Threats
//
//   - An attacker on the network can neither read nor change the traffic, unless [WithInsecureHTTP] is set. TLS is that
//     of net/http.
//   - A hostile or broken server cannot make the client panic, exhaust memory, or create a device twice, unless it
//     creates one and then responds with 429, which the client takes to mean that nothing was created. It can still
//     return false data.
//   - A hostile proxy sees the host name, the timing and the size of the traffic, but not its content, unless
//     [WithInsecureHTTP] is set. The target of a redirect to another origin learns nothing, because the redirect is not
//     followed.
//   - Log records contain paths, device IDs and the server's messages, but neither the token nor a code.
//   - Code in the same process, including a custom transport or trace, sees everything. Secrets are not wiped from
//     memory.
//
// # Concurrency
//
// A [Client] is safe for concurrent use and does not need to be closed. It has goroutines only while a call or a loop
// runs. All loops ([DevicesService.Pair], [DevicesService.WaitPaired], [DevicesService.Watch]) of a Client share one
// goroutine that polls for all of them.
//
// # Compatibility
//
// Within a major version, exported names are not removed and keep their meaning. Struct fields, enum constants,
// sentinels and event kinds may be added, so a switch needs a default, a struct literal needs field names, and structs
// should not be compared with ==. The texts of errors and log records may change.
// A value that this package does not know, such as a new status, is passed on unchanged; [WithDriftHandler] reports it.
//
// # Testing
//
// Package whatspietest is a fake of the API: it keeps devices, generates QR codes that can be scanned, and injects
// faults, with or without a network socket. Package pairweb serves a pairing page to browsers.
package whatspie
