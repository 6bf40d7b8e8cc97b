package pairweb

import (
	"bytes"
	"context"
	"embed"
	"net/http"
	"path"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
)

//go:embed assets
var assets embed.FS

// The last path segments that are not the page.
const (
	eventsName   = "events"
	styleFile    = "pairweb.css"
	scriptFile   = "pairweb.js"
	streamScript = "pairweb-stream.js"
)

var contentTypes = map[string]string{
	styleFile:    "text/css; charset=utf-8",
	scriptFile:   "text/javascript; charset=utf-8",
	streamScript: "text/javascript; charset=utf-8",
}

// policy allows the handler's own files, and the QR code as a blob.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src blob:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// Handler serves the pairing page of one device per request. Create it with [NewHandler]. It is safe for concurrent
// use.
type Handler struct {
	client    *whatspie.Client
	authorize func(*http.Request) (int64, error)
	config    config
	files     map[string][]byte
	running   sync.WaitGroup  // pairings and callbacks
	closing   context.Context // done once the handler is closed
	stop      context.CancelFunc

	mu       sync.Mutex
	last     int64 // number of the latest pairing
	pairings map[int64]*pairing
	unpaired map[int64]bool // devices that were seen without a phone, and not with one since
}

// NewHandler returns a handler. The authorize function decides whether the request may see a pairing page, and returns
// the ID of the device to pair. If it returns an error or an ID below 1, the response is 403 and does not contain the
// error. It is called once per request, concurrently, and must not read the body. NewHandler panics if client or
// authorize is nil.
func NewHandler(client *whatspie.Client, authorize func(*http.Request) (int64, error), opts ...Option) *Handler {
	if client == nil || authorize == nil {
		panic("pairweb: NewHandler needs a client and an authorize function")
	}
	closing, stop := context.WithCancel(context.Background())
	h := &Handler{
		client:    client,
		authorize: authorize,
		config:    newConfig(opts),
		files:     map[string][]byte{},
		closing:   closing,
		stop:      stop,
		pairings:  map[int64]*pairing{},
		unpaired:  map[int64]bool{},
	}
	for name := range contentTypes {
		h.files[name] = mustRead(name)
	}
	h.files[styleFile] = append(h.files[styleFile], h.config.style...)
	return h
}

// mustRead panics only if the package was built without its assets.
func mustRead(name string) []byte {
	body, err := assets.ReadFile(path.Join("assets", name))
	if err != nil {
		panic("pairweb: " + err.Error())
	}
	return body
}

// ServeHTTP serves the page, its script and style, and its event stream.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setSecurityHeaders(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Only GET and HEAD are allowed.", http.StatusMethodNotAllowed)
		return
	}
	id, err := h.authorize(r)
	if err != nil || id < 1 {
		h.denied(w, r)
		return
	}
	switch name := lastSegment(r.URL.Path); name {
	case eventsName:
		h.events(w, r, id)
	case styleFile, scriptFile, streamScript:
		w.Header().Set("Content-Type", contentTypes[name])
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(h.files[name]))
	default:
		h.page(w, r)
	}
}

func setSecurityHeaders(header http.Header) {
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", policy)
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
}

func lastSegment(p string) string {
	_, last := path.Split(p)
	return last
}

// Close ends all event streams and pairings, cancels the context of running [WithOnPaired] functions, and waits until
// all of them have returned. Requests for events are answered with 503 afterwards. Calling Close again has no effect.
func (h *Handler) Close() {
	h.mu.Lock()
	h.stop()
	for _, p := range h.pairings {
		p.cancel()
	}
	h.mu.Unlock()
	h.running.Wait()
}
