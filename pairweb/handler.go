package pairweb

import (
	"bytes"
	"embed"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
)

//go:embed assets
var embedded embed.FS

// The handler's files. The page knows the first three by these names.
const (
	eventsName = "events"
	styleFile  = "pairweb.css"
	scriptFile = "pairweb.js"
	pageFile   = "page.html"
	deniedFile = "denied.html"
)

// policy admits nothing but the handler's own files, and the code as a blob.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src blob:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// Handler serves one device's pairing page. Make one with [NewHandler]; it is safe for concurrent use.
type Handler struct {
	client    *whatspie.Client
	authorize func(*http.Request) (int64, error)
	config    config
	files     map[string]file
	loops     sync.WaitGroup
	closing   chan struct{}

	mu       sync.Mutex
	closed   bool
	last     int64 // number of the latest pairing
	pairings map[int64]*pairing
}

type file struct {
	contentType string
	body        []byte
}

// NewHandler makes a handler. The function authorises a request and names the device whose page it gets. Where it
// returns an error, or an ID below 1, the answer is 403 and says no more. It is called once per request, concurrently,
// and must not read the body. NewHandler panics without a client or a function.
func NewHandler(client *whatspie.Client, authorize func(*http.Request) (int64, error), opts ...Option) *Handler {
	if client == nil || authorize == nil {
		panic("pairweb: NewHandler needs a client and a function that authorises")
	}
	return &Handler{
		client:    client,
		authorize: authorize,
		config:    newConfig(opts),
		files:     load(embedded),
		closing:   make(chan struct{}),
		pairings:  map[int64]*pairing{},
	}
}

// load panics only if this package was built wrong, and a test looks at each file.
func load(from fs.FS) map[string]file {
	types := map[string]string{
		pageFile:   "text/html; charset=utf-8",
		deniedFile: "text/html; charset=utf-8",
		styleFile:  "text/css; charset=utf-8",
		scriptFile: "text/javascript; charset=utf-8",
	}
	files := make(map[string]file, len(types))
	for name, contentType := range types {
		body, err := fs.ReadFile(from, path.Join("assets", name))
		if err != nil {
			panic("pairweb: " + err.Error())
		}
		files[name] = file{contentType, body}
	}
	return files
}

// ServeHTTP answers for the page, what belongs to it, and its events.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Only GET and HEAD are answered here.", http.StatusMethodNotAllowed)
		return
	}
	id, err := h.authorize(r)
	if err != nil || id < 1 {
		h.send(w, r, http.StatusForbidden, deniedFile)
		return
	}
	switch name := lastSegment(r.URL.Path); name {
	case eventsName:
		h.events(w, r, id)
	case styleFile, scriptFile:
		h.send(w, r, http.StatusOK, name)
	default:
		h.page(w, r)
	}
}

// page goes by the path that the browser has, as far as a server knows it: relative URLs start from there.
func (h *Handler) page(w http.ResponseWriter, r *http.Request) {
	seen, err := url.ParseRequestURI(r.RequestURI)
	if err != nil {
		seen = r.URL
	}
	segment := lastSegment(seen.EscapedPath())
	if segment == "" {
		h.send(w, r, http.StatusOK, pageFile)
		return
	}
	location := "./" + segment + "/" // the dot keeps a colon in the segment from ending a scheme
	if seen.RawQuery != "" {
		location += "?" + seen.RawQuery
	}
	w.Header().Set("Location", location) // http.Redirect would put the stripped prefix's absence in it
	w.WriteHeader(http.StatusTemporaryRedirect)
}

func (h *Handler) send(w http.ResponseWriter, r *http.Request, status int, name string) {
	f := h.files[name]
	w.Header().Set("Content-Type", f.contentType)
	if status != http.StatusOK {
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			_, _ = w.Write(f.body) // a visitor who has gone misses nothing
		}
		return
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(f.body))
}

func protect(header http.Header) {
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

// Close ends all event streams and pairings, and returns when the loops have ended; afterwards there are no new ones.
// Closing again does nothing.
func (h *Handler) Close() {
	h.mu.Lock()
	if !h.closed {
		h.closed = true
		close(h.closing)
	}
	for _, p := range h.pairings {
		p.cancel()
	}
	h.mu.Unlock()
	h.loops.Wait()
}
