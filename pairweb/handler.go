package pairweb

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"path"
	"strconv"
	"time"

	"github.com/whatspie-go/whatspie"
)

// contentSecurityPolicy allows the handler's own files, and the QR code as a blob.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src blob:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// Handler serves the pairing pages of devices. Create it with [NewHandler]. It is safe for concurrent use.
type Handler struct {
	authorize func(*http.Request) (int64, error)
	config    config
	languages languages
	files     map[string][]byte
	pairings  *pairings
}

// NewHandler returns a handler. For each request it calls authorize, which returns the ID of the device whose page the
// visitor may see. If authorize returns an error or an ID below 1, the response has status 403, and the error is not
// shown. Authorize may be called concurrently, and must not read the body of the request.
//
// NewHandler panics if client or authorize is nil, or if an option given to [WithPairOptions] is invalid. It sends no
// request.
func NewHandler(client *whatspie.Client, authorize func(*http.Request) (int64, error), opts ...Option) *Handler {
	if client == nil || authorize == nil {
		panic("pairweb: NewHandler needs a client and an authorize function")
	}
	c := newConfig(opts)
	checkPairOptions(client.Devices, c.pairOptions)
	return &Handler{
		authorize: authorize,
		config:    c,
		languages: newLanguages(c.texts),
		files:     pageFiles(c.style),
		pairings:  newPairings(client.Devices, c),
	}
}

// checkPairOptions panics if Pair rejects an option.
//
//nolint:contextcheck,nolintlint // also for linters that run over callers of NewHandler: it needs no context
func checkPairOptions(devices *whatspie.DevicesService, opts []whatspie.PairOption) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // Pair checks its options, then ends without a request
	for _, err := range devices.Pair(ctx, 1, opts...) {
		if errors.Is(err, whatspie.ErrInvalidRequest) {
			panic("pairweb: WithPairOptions: " + err.Error())
		}
	}
}

// ServeHTTP serves the page, its scripts and style, and its event stream.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setSecurityHeaders(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Only GET and HEAD are allowed.", http.StatusMethodNotAllowed)
		return
	}
	id, err := h.authorize(r)
	if err != nil || id < 1 {
		h.deny(w, r)
		return
	}
	_, name := path.Split(r.URL.Path)
	switch name {
	case eventsName:
		h.serveEvents(w, r, id)
	case styleFile, scriptFile, streamScript:
		w.Header().Set("Content-Type", contentTypes[name])
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(h.files[name]))
	default:
		h.servePage(w, r)
	}
}

func setSecurityHeaders(header http.Header) {
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", contentSecurityPolicy)
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
}

func (h *Handler) deny(w http.ResponseWriter, r *http.Request) {
	lang, texts := h.language(w, r)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusForbidden)
	if r.Method != http.MethodHead {
		_, _ = bytes.NewReader(newView(lang, texts).render(deniedFile)).WriteTo(w) // fails only if the visitor has left
	}
}

func (h *Handler) servePage(w http.ResponseWriter, r *http.Request) {
	lang, texts := h.language(w, r)
	v := newView(lang, texts)
	v.base, v.query = relativeBase(r)
	if h.config.title != nil {
		v.Title = h.config.title(r)
	}
	if h.config.returnURL != nil {
		v.ReturnURL = safeURL(h.config.returnURL(r))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	http.ServeContent(w, r, pageFile, time.Time{}, bytes.NewReader(v.render(pageFile)))
}

// serveEvents streams the states of the device's pairing until it ends, the visitor leaves, or the handler closes.
func (h *Handler) serveEvents(w http.ResponseWriter, r *http.Request, id int64) {
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		http.Error(w, "Another site cannot start a pairing.", http.StatusForbidden)
		return
	}
	_, texts := h.language(w, r)
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		return
	}
	if !canFlush(w) {
		h.config.log().ErrorContext(r.Context(), "pairweb cannot stream through this server or middleware")
		http.Error(w, "This server cannot stream.", http.StatusInternalServerError)
		return
	}
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // 0, a first visit, if it is missing or malformed
	p := h.pairings.join(r.Context(), id, after)
	if p == nil {
		http.Error(w, "The server is shutting down.", http.StatusServiceUnavailable)
		return
	}
	defer h.pairings.leave(p)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(h.pairings.closing, cancel)() //nolint:contextcheck // closing the handler also ends the stream
	openStream(w).follow(ctx, p, texts)
}

// language selects the language of the response, and sets the headers that declare it.
func (h *Handler) language(w http.ResponseWriter, r *http.Request) (tag string, texts Texts) {
	tag = h.languages.match(r.Header.Values("Accept-Language"))
	w.Header().Add("Vary", "Accept-Language")
	w.Header().Set("Content-Language", tag)
	return tag, h.languages[tag]
}

// Close ends all event streams and pairings, cancels the contexts of functions set with [WithOnPaired], and waits until
// these functions have returned. They must not call Close themselves. After Close, requests for events fail with status
// 503. Close may be called more than once, also concurrently; each call waits.
func (h *Handler) Close() { h.pairings.close() }
