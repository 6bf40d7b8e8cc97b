// Package pairweb shows one device's pairing page: the QR code to scan, replaced before a phone could hang on it,
// and then who connected or why nobody could. A dashboard embeds it in three lines:
//
//	mux.Handle("/pair/", http.StripPrefix("/pair", pairweb.NewHandler(client, func(r *http.Request) (int64, error) {
//		return deviceOf(r) // authorise the request, name the device
//	})))
//
// # Where it can live
//
// All URLs are relative, so any prefix will do, stripped or not, with wildcards in it (/devices/{id}/pair/), behind a
// proxy that adds another. A path that ends in a slash is the page; one without is redirected there. The page may be
// framed by its own origin. The handler needs nothing but GET, HEAD to notice that access was lost, and a
// server or middleware that lets it flush.
//
// # One pairing for all tabs
//
// All tabs that show a device share one [whatspie.DevicesService.Pair] loop: a second tab costs neither a code nor a
// status request, and joins at what the first one shows. 5 seconds after the last tab has gone the loop ends, and with
// it the polling; a page that is reloaded sooner finds its code again. What has ended, in a connection or a failure,
// starts over only when somebody asks for it, with the button or a later visit. Processes share nothing: send a
// device's visitors to one of them, or one counts a full lifetime for a code that the other fetched before.
//
// # What the page promises
//
// A code looks alive only while it is: half a second before it expires, when the connection to the server is lost, or
// when the computer wakes from sleep, the page takes it back by itself. Time is counted down from what the server said
// is left, so a wrong clock does no harm. The page can be used with a screen reader, on a phone, in the dark, and
// without motion; without JavaScript it says what is missing.
//
// # Security
//
// The function that authorises is asked on every request, that for the events included; a stream that it let through
// goes on until the pairing ends. What it returns as an error is not shown. Nothing may be cached. The content security
// policy admits the handler's own script and style alone. The code travels in the body of the event stream, and in the
// browser it is a blob: it never is part of a URL, unless the API itself sends a link in its place, which the page then
// offers as one. Nothing that the API said in an error reaches the page: see [WithLogger] for who does need it.
//
// # Shutdown
//
// Event streams outlive [http.Server.Shutdown], which waits for them. End them first:
//
//	server.RegisterOnShutdown(handler.Close)
package pairweb
