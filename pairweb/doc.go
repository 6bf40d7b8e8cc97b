// Package pairweb serves the pairing page of a device. The page shows the QR code to scan, replaces it when it expires, and
// ends with the number that was connected or with the reason why pairing failed. A dashboard embeds it in three lines:
//
//	mux.Handle("/pair/", http.StripPrefix("/pair", pairweb.NewHandler(client, func(r *http.Request) (int64, error) {
//		return deviceOf(r) // authorise the request, return the device's ID
//	})))
//
// # Routing
//
// All URLs are relative, so the handler works under any prefix, stripped or not, with wildcards in it
// (/devices/{id}/pair/), and behind a proxy that adds another. A path whose last segment is "events", "pairweb.css",
// "pairweb.js" or "pairweb-stream.js" is a file of the page; every other path is the page, with or without a slash at the
// end. Route the page's path and all paths below it to the handler. The page may be framed by its own origin.
//
// The page keeps its query on the requests for its files and events, so the authorize function may read it on each of them
// (/pair/?ticket=...). The parameter "after" is reserved for the page.
//
// Routers other than [http.ServeMux] have path parameters of their own. If the authorize function uses
// [http.Request.PathValue], set them on the request; with gin:
//
//	router.GET("/devices/:id/pair/*file", func(c *gin.Context) {
//		c.Request.SetPathValue("id", c.Param("id"))
//		handler.ServeHTTP(c.Writer, c.Request)
//	})
//
// # Streams, timeouts and proxies
//
// The page receives its states as server-sent events, in a response that lasts until the pairing ends. A ping every 10
// seconds keeps it open. The handler lifts the ReadTimeout and WriteTimeout of [http.Server] for this response and sets a
// deadline for each write instead. This requires a ResponseWriter with SetReadDeadline and SetWriteDeadline, or middleware
// whose writer has Unwrap; see [http.ResponseController]. Otherwise WriteTimeout cuts the stream, and the page shows that it
// reconnects. Middleware must support flushing. Behind middleware that does not, such as [http.TimeoutHandler], requests for
// events are answered with 500, and an error is logged.
//
// Proxies must not buffer the stream. The header X-Accel-Buffering turns buffering off in nginx; other proxies need a setting
// of their own. Their read timeout must be longer than 10 seconds.
//
// # Many tabs
//
// All streams of a device share one [whatspie.DevicesService.Pair] loop: a second tab costs neither a code nor a status
// request, and starts with what the first one shows. The loop, and its polling, end 5 seconds after the last stream. A page
// that is reloaded sooner finds its code again. After a failure, pairing starts again only if a visitor uses the page's
// button, or opens the page more than 5 seconds after the last stream. A page that is opened or reloaded after a connection
// always asks the API.
//
// Tabs of one browser with the same URL and language share one stream through a SharedWorker, because HTTP/1.1 gives a
// browser six connections to a site. In browsers without SharedWorker, each visible tab has a stream. Tabs with different
// URLs, such as those of many devices, do not share: serve them over HTTP/2, where streams do not use up connections.
//
// State is per process. Route all visitors of a device to one process, or each process uses up codes of its own, and a
// visitor may be shown a code that another process has replaced.
//
// # What the page shows
//
// A code stays on show until Pair retires it. It is blurred at once if the connection to the server is lost or the computer
// wakes from sleep. There is no countdown, because only the gateway knows how long a code lives. If a request to the API
// fails, the page says that it may take longer, until Pair reports anything but a failure. Between a scan and the status that
// confirms it, the page says that it is finishing. The phone number is grouped as people read it. The page works with a
// screen reader, on a small screen, in dark mode, and without animations. Without JavaScript it says that it needs it.
//
// # Languages
//
// English and Indonesian are built in; see [WithTexts] for others. The language of each request is chosen by its
// Accept-Language header, and pages of right-to-left languages are laid out from right to left. A site with its own language
// setting overrides the header on all requests for the handler:
//
//	r.Header.Set("Accept-Language", language)
//
// # Appearance
//
// [WithStyle] sets these custom properties on :root, and again in a prefers-color-scheme: dark media query for the dark
// scheme:
//
//	--background  behind the card, and in the frame of the code while there is none
//	--surface     background of the card
//	--border      of the card, the frame of the code and the steps
//	--text        most words
//	--muted       less important words
//	--accent      buttons, spinners and the mark of a connection
//	--on-accent   words of buttons
//	--warning     mark of a failure
//	--shadow      box-shadow of the card
//	--font        font-family
//
// The background of the code is always white, since scanners need it. Keep a contrast of 4.5:1 between words and their
// background.
//
// # Security
//
// The authorize function is called for every request, including the one for events. A stream that was allowed goes on
// until the pairing ends. Errors of that function are not shown. Responses are not cached. The content security policy
// allows the handler's own scripts and style only. The code is sent in the body of the event stream and shown from a blob: it
// is never part of a URL, unless the API itself sends a link in its place, which the page then shows as a link. The page
// shows no errors of the API; they go to the logger of [WithLogger]. Titles and texts are plain text: markup in them is shown
// as it is.
//
// # Shutdown
//
// [http.Server.Shutdown] waits for event streams. End them first:
//
//	server.RegisterOnShutdown(handler.Close)
package pairweb
