// Package whatspietest is a stateful fake of the Whatspie API, for tests and for examples that need no account.
//
// A [Server] keeps devices in memory and responds as the documented API does: with the same routes, envelopes, field
// types and error messages, and with QR codes that a phone can read. The test does what a phone or an operator would
// do:
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
// The first request for a code generates one, and later requests return the same code until it expires. The first code
// of a pairing expires after 60 seconds and each later one after 20, or all of them after the lifetime set by
// [WithQRLifetime]. A device whose code has expired is EXPIRED until the next request for a code. If the device is
// paired, suspended or disconnected, the pairing starts over. With [WithQRRotation], the server replaces the codes by
// its own clock, six in a row.
//
// # Faults
//
// [Server.Inject] makes the server misbehave: it can return another response, respond late, or cut the connection
// before the request is performed, during the response, or after the request was performed. [Server.Requests] returns
// the last 10,000 requests, without credentials.
//
// # Other servers and other languages
//
// [Server.Handler] returns the same server as an http.Handler, to mount in a server of your own. Command whatspie-fake
// runs it as a process, for docker compose, curl and clients in other languages:
//
//	go run github.com/whatspie-go/whatspie/cmd/whatspie-fake@latest -h
//
// # Virtual time
//
// [Server.Transport] returns the same server as an http.RoundTripper, without a socket. Each request is served on the
// goroutine of its caller, and delays are ordinary timers, so that testing/synctest can control time. In a synctest
// bubble, the server must not listen on a socket:
//
//	synctest.Test(t, func(t *testing.T) {
//		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
//		defer srv.Close()
//		client := srv.Client() // goes through srv.Transport()
//	})
//
// # Undocumented behaviour
//
// The API's documentation does not specify the following. [WithCreateAnswer] sets the form of the response to a
// creation. A request for the QR code of a suspended device fails with "QR code generation failed". A device can be
// addressed by its phone number as well as by its ID. An empty list is [], not null. A device that was never paired has
// an empty phone.
package whatspietest
