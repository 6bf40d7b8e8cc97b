// Package whatspietest is a stateful fake of the Whatspie API, for tests and for examples that need no account.
//
// A [Server] keeps devices in memory and responds as the documented API does: the same routes, envelopes, field
// types and error messages, with QR codes that a phone can read. The test plays the phone and the operator:
//
//	srv := whatspietest.NewServer()
//	defer srv.Close()
//	id := srv.AddDevice(whatspie.Device{Name: "Customer Service"})
//
//	qr, err := srv.Client().Devices.QR(ctx, id) // what your code does
//	srv.Scan(id)                                // what the phone does
//	device, err := srv.Client().Devices.Get(ctx, id)
//	device.Paired() // true
//
// # QR codes
//
// A code is made by the first request for one and returned until it expires: after 60 seconds for the first code of a
// pairing, after 20 for each next one, or after the lifetime of [WithQRLifetime]. A device whose code has expired is
// EXPIRED until the next request for a code. Being paired, suspended or disconnected starts the pairing over. With
// [WithQRRotation] six codes follow each other by the server's own clock.
//
// # Faults
//
// [Server.Inject] makes the server misbehave: return another response, respond late, cut the connection before, during
// or after the work. [Server.Requests] returns the last 10,000 requests, without the credentials.
//
// # Other servers and other languages
//
// [Server.Handler] is the same server as an http.Handler, to mount in a server of your own. Command whatspie-fake runs
// it as a process, for docker compose, curl and clients in other languages:
//
//	go run github.com/whatspie-go/whatspie/cmd/whatspie-fake@latest -h
//
// # Virtual time
//
// [Server.Transport] is the same server without a socket: each request is served on the goroutine of its caller
// and delays are ordinary timers, so testing/synctest can drive time. Within a bubble the server must not listen:
//
//	synctest.Test(t, func(t *testing.T) {
//		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
//		defer srv.Close()
//		client := srv.Client() // goes through srv.Transport()
//	})
//
// # What nobody documented
//
// [WithCreateAnswer] sets the response to a creation. A request for the QR code of a suspended device gets "QR code
// generation failed". A device is found by its phone number as well as by its ID. An empty list is [], not null. A
// device that was never paired has an empty phone.
package whatspietest
