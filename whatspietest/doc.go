// Package whatspietest is a stateful fake of the Whatspie API, for tests and for examples that need no account.
//
// A [Server] keeps devices in memory. It has the routes, envelopes, field types and error messages of the documented
// API, and its QR codes can be scanned. A test calls methods of the server for what a phone or an operator would do:
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
// The first request for a device's QR code generates one. Later requests return the same code until it expires. Then
// the device is EXPIRED, and the next request generates a new code and makes it UNPAIRED again.
//
// The first code of a pairing is valid for 60 seconds and each later one for 20; [WithQRLifetime] sets one lifetime for
// all codes. A pairing ends when the device is paired, suspended or disconnected. The next code is then a first code
// again.
//
// With [WithQRRotation], codes are replaced on a fixed schedule instead, whether or not they are requested.
//
// # Faults
//
// [Server.Inject] makes the server misbehave. It can return a different response, respond late, or cut the connection:
// before it performs the request, after that, or in the middle of the response. [Server.Requests] returns the last
// 10,000 requests, without credentials.
//
// # Other servers and other languages
//
// [Server.Handler] returns the fake as an http.Handler, to mount in a server of your own. The command whatspie-fake
// runs it as a process, for docker compose, curl, and clients in other languages:
//
//	go run github.com/whatspie-go/whatspie/cmd/whatspie-fake@latest -h
//
// # Virtual time
//
// [Server.Transport] returns the fake as an http.RoundTripper that uses no socket. It serves each request on the
// caller's goroutine, and its delays are ordinary timers, so testing/synctest can control time. A server inside a
// synctest bubble must not listen on a socket:
//
//	synctest.Test(t, func(t *testing.T) {
//		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
//		defer srv.Close()
//		client := srv.Client() // uses srv.Transport()
//	})
//
// # Undocumented behavior
//
// The API's documentation leaves some cases open. The fake behaves as follows:
//
//   - The response to a creation contains the device; [WithCreateResponse] selects other forms.
//   - A request for the QR code of a suspended device fails with "QR code generation failed".
//   - A device can be addressed by its phone number as well as by its ID.
//   - An empty list of devices is [], not null.
//   - The phone of a device that was never paired is an empty string.
package whatspietest
