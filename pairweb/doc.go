// Package pairweb serves a web page that pairs a device with a phone. The page shows the QR code to scan and replaces
// it when it expires. At the end it shows the phone number that was connected, or why pairing failed. Adding the page
// to a dashboard takes three lines:
//
//	mux.Handle("/pair/", http.StripPrefix("/pair", pairweb.NewHandler(client, func(r *http.Request) (int64, error) {
//		return deviceOf(r) // authorize the request, return the device's ID
//	})))
//
// # Routing
//
// Route the path of the page, and all paths below it, to the handler. The page refers to its files with relative URLs,
// so it works under any prefix, whether or not the prefix is stripped or has wildcards (/devices/{id}/pair/), and
// behind a proxy that adds another prefix. A slash at the end of the page's path makes no difference.
//
// A path whose last segment is "events", "pairweb.css", "pairweb.js" or "pairweb-stream.js" is a file of the page.
// Every other path is the page itself. Only pages of the same origin may embed it in a frame.
//
// The page sends its query with all its requests, so the authorize function can read it in each of them
// (/pair/?ticket=...). The parameter "after" is reserved for the page.
//
// Routers other than [http.ServeMux] have path parameters of their own. If the authorize function uses
// [http.Request.PathValue], set its values on the request first; with gin:
//
//	router.GET("/devices/:id/pair/*file", func(c *gin.Context) {
//		c.Request.SetPathValue("id", c.Param("id"))
//		handler.ServeHTTP(c.Writer, c.Request)
//	})
//
// # Streams, timeouts and proxies
//
// The page receives its states as server-sent events, in a response that lasts until the pairing ends. A ping is sent
// every 10 seconds.
//
// The ReadTimeout and WriteTimeout of [http.Server] do not apply to this response: the handler sets a deadline for each
// write instead. For that, the ResponseWriter needs SetReadDeadline and SetWriteDeadline, or Unwrap if middleware wraps
// it; see [http.ResponseController]. Otherwise WriteTimeout cuts the stream, and the page has to reconnect.
//
// The ResponseWriter must support flushing. If it does not, as with [http.TimeoutHandler], requests for events fail
// with status 500, and an error is logged.
//
// Proxies must not buffer the stream. The handler turns buffering off in nginx, with the header X-Accel-Buffering;
// other proxies must be configured. The read timeout of a proxy must be longer than 10 seconds.
//
// # Many tabs
//
// All streams of a device share one [whatspie.DevicesService.Pair] loop. A second tab shows the same code as the first,
// and causes no further requests to the API. The loop ends 5 seconds after the last stream, so a page that is reloaded
// sooner shows the same code again.
//
// After a failure, pairing starts again only if a visitor uses the button to try again, or opens the page more than 5
// seconds later. After a phone has connected, opening or reloading the page always requests the device's status from
// the API.
//
// Over HTTP/1.1 a browser opens at most six connections to a site, and each stream occupies one. Therefore tabs of one
// browser with the same URL and language share a stream through a SharedWorker. In browsers without SharedWorker, each
// visible tab has a stream. Tabs with different URLs, such as those of different devices, do not share a stream. Serve
// them over HTTP/2, where all streams share one connection.
//
// State is per process. Route all visitors of a device to one process. Otherwise each process requests codes of its
// own, and a visitor may be shown a code that was already replaced.
//
// # What the page shows
//
// A code is shown until Pair replaces or withdraws it. It is blurred at once if the connection to the server is lost,
// or when the computer wakes from sleep. There is no countdown, because only the gateway knows when a code expires.
//
// If a request to the API fails, the page says that pairing may take longer, until Pair reports anything else. Between
// a scan and the status that confirms it, the page says that it is finishing.
//
// The phone number is formatted with its country code and in groups of digits. The page works with a screen reader, on
// a small screen, in dark mode, and without animations. Without JavaScript, it says that JavaScript is required.
//
// # Languages
//
// English and Indonesian are built in; [WithTexts] adds others. The Accept-Language header of each request selects the
// language. Pages in right-to-left languages have a right-to-left layout. A site with its own language setting can
// override the header in all requests for the handler:
//
//	r.Header.Set("Accept-Language", language)
//
// # Appearance
//
// The page uses these custom properties, which [WithStyle] can set on :root. For the dark scheme, set them again in a
// media query "prefers-color-scheme: dark".
//
//	--background  background of the page, and of the frame of the code while there is none
//	--surface     background of the card
//	--border      borders of the card, of the frame of the code, and of the step numbers
//	--text        most text
//	--muted       less important text
//	--accent      buttons, spinners and the mark for success
//	--on-accent   text of buttons
//	--warning     mark for failure
//	--shadow      box-shadow of the card
//	--font        font-family
//
// The background of a code is always white, because scanners need it. Text should have a contrast of at least 4.5:1 to
// its background.
//
// # Security
//
// The authorize function is called for every request, including the one for events. A stream that it allowed continues
// until the pairing ends. The errors of the authorize function and of the API are never shown. Those of the API are
// logged to the logger set with [WithLogger].
//
// Responses have the header "Cache-Control: no-store" and a content security policy that allows only the handler's own
// scripts and style. A code is sent in the body of the event stream and displayed from a blob, so it is not part of any
// URL. There is one exception: if the API sends a link instead of an image, the page shows the link.
//
// Titles and texts are plain text. HTML in them is shown literally.
//
// # Shutdown
//
// [http.Server.Shutdown] waits for event streams, so register [Handler.Close], which ends them. Shutdown does not wait
// until Close returns. Call Close again after Shutdown, so that the process does not exit while a function set with
// [WithOnPaired] is running:
//
//	server.RegisterOnShutdown(handler.Close) // ends the streams, for which Shutdown waits
//	...
//	err := server.Shutdown(ctx)
//	handler.Close() // waits for functions of WithOnPaired
package pairweb
