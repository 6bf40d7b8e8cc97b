// Package pairweb serves the pairing page of a device. The page shows the QR code to scan, replaces it when it expires,
// and finally shows the number that was connected or the reason why pairing failed. Adding it to a dashboard takes
// three lines:
//
//	mux.Handle("/pair/", http.StripPrefix("/pair", pairweb.NewHandler(client, func(r *http.Request) (int64, error) {
//		return deviceOf(r) // authorise the request, return the device's ID
//	})))
//
// # Routing
//
// All URLs are relative, so the handler works under any prefix, stripped or not, with wildcards in it
// (/devices/{id}/pair/), and behind a proxy that adds another. A path whose last segment is "events", "pairweb.css",
// "pairweb.js" or "pairweb-stream.js" is a file of the page; every other path is the page, with or without a slash at
// the end. Route the page's path and all paths below it to the handler. The page may be framed by its own origin.
//
// The page repeats its query in the requests for its files and events, so the authorize function can read it in each of
// them (/pair/?ticket=...). The parameter "after" is reserved for the page.
//
// Routers other than [http.ServeMux] have their own path parameters. If the authorize function uses
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
// seconds keeps it open. The handler lifts the ReadTimeout and WriteTimeout of [http.Server] for this response and sets
// a deadline for each write instead. This requires a ResponseWriter with SetReadDeadline and SetWriteDeadline, or
// middleware whose writer has Unwrap; see [http.ResponseController]. Otherwise WriteTimeout cuts the stream, and the
// page shows that it is reconnecting. Middleware must support flushing. Behind middleware that does not, such as
// [http.TimeoutHandler], requests for events fail with status 500, and an error is logged.
//
// Proxies must not buffer the stream. The header X-Accel-Buffering turns buffering off in nginx; other proxies must be
// configured. The read timeout of a proxy must be longer than 10 seconds.
//
// # Many tabs
//
// All streams of a device share one [whatspie.DevicesService.Pair] loop: a second tab causes no further requests to the
// API, and starts with what the first one shows. The loop and its polling end 5 seconds after the last stream has
// ended, so a page that is reloaded sooner shows the same code again. After a failure, pairing starts again only if a
// visitor uses the button on the page, or opens the page more than 5 seconds after the last stream has ended. After a
// phone has connected, opening or reloading the page always requests the status from the API.
//
// Tabs of one browser with the same URL and language share one stream through a SharedWorker, because HTTP/1.1 gives a
// browser six connections to a site. In browsers without SharedWorker, each visible tab has a stream. Tabs with
// different URLs, such as those of different devices, do not share a stream. Serve them over HTTP/2, where streams
// share one connection.
//
// State is per process. Route all visitors of a device to one process, or each process uses up codes of its own, and a
// visitor may be shown a code that another process has replaced.
//
// # What the page shows
//
// A code stays on show until Pair replaces or withdraws it. It is blurred at once if the connection to the server is
// lost or the computer wakes from sleep. There is no countdown, because only the gateway knows how long a code lives.
// If a request to the API fails, the page says that pairing may take longer, until Pair reports something other than a
// failure. Between a scan and the status that confirms it, the page says that it is finishing. The phone number is
// grouped as people read it. The page works with a screen reader, on a small screen, in dark mode, and without
// animations. Without JavaScript, the page says that JavaScript is required.
//
// # Languages
//
// English and Indonesian are built in; see [WithTexts] for others. The Accept-Language header of each request selects
// the language. Pages in right-to-left languages are laid out from right to left. A site with its own language setting
// can override the header on all requests for the handler:
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
// The background of the code is always white, because scanners need it. Keep a contrast of at least 4.5:1 between text
// and its background.
//
// # Security
//
// The authorize function is called for every request, including the one for events. A stream that was allowed continues
// until the pairing ends. Errors of the authorize function are not shown. Responses are not cached. The content
// security policy allows only the handler's own scripts and style. The code is sent in the body of the event stream and
// displayed from a blob, so it is never part of a URL. The exception is a link that the API sends instead of an image:
// the page shows it as a link. Errors of the API are not shown either; they go to the logger set with [WithLogger].
// Titles and texts are plain text: markup in them is shown literally.
//
// # Shutdown
//
// [http.Server.Shutdown] waits for event streams. End them first:
//
//	server.RegisterOnShutdown(handler.Close)
package pairweb
