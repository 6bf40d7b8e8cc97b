package pairweb_test

import (
	"html"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
)

var files = map[string]string{
	"/":                  "text/html; charset=utf-8",
	"/pairweb.css":       "text/css; charset=utf-8",
	"/pairweb.js":        "text/javascript; charset=utf-8",
	"/pairweb-stream.js": "text/javascript; charset=utf-8",
}

func TestFiles(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	for target, contentType := range files {
		response := get(t, h.handler, http.MethodGet, target)
		assert.Equal(t, http.StatusOK, response.Code, target)
		assert.Equal(t, contentType, response.Header().Get("Content-Type"))
		assert.NotEmpty(t, response.Body.String())
		assertSecurityHeaders(t, response)

		head := get(t, h.handler, http.MethodHead, target)
		assert.Equal(t, http.StatusOK, head.Code)
		assert.Empty(t, head.Body.String())
	}
	assert.Empty(t, h.Requests(), "the page itself sends no requests to the API")
}

func assertSecurityHeaders(t *testing.T, response *httptest.ResponseRecorder) {
	t.Helper()
	assert.Equal(t, "no-store", response.Header().Get("Cache-Control"))
	assert.Equal(t, "nosniff", response.Header().Get("X-Content-Type-Options"))
	assert.Equal(t, "no-referrer", response.Header().Get("Referrer-Policy"))
	assert.Equal(t, "same-origin", response.Header().Get("Cross-Origin-Resource-Policy"))
	assert.Equal(t, "default-src 'none'; script-src 'self'; style-src 'self'; img-src blob:; connect-src 'self'; "+
		"base-uri 'none'; form-action 'none'; frame-ancestors 'self'", response.Header().Get("Content-Security-Policy"))
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	assertSecurityHeaders(t, get(t, h.handler, http.MethodHead, "/events"))
	assertSecurityHeaders(t, get(t, h.handler, http.MethodPost, "/"))
	assertSecurityHeaders(t, get(t, h.handler, http.MethodGet, "/pair"))
	assertSecurityHeaders(t, get(t, pairweb.NewHandler(h.Client(), deny), http.MethodGet, "/"))
}

// The page has nothing that its content security policy forbids, and refers only to files that exist.
func TestPage_obeysContentSecurityPolicy(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	page := get(t, h.handler, http.MethodGet, "/").Body.String()
	forbidden := []string{"<style", " style=", " onclick=", " onload=", "javascript:", "http:", "https:", `="/`, `="//`}
	for _, text := range forbidden {
		assert.NotContains(t, page, text)
	}
	assert.NotRegexp(t, `<script[^>]*>[^<]`, page, "no inline script")
	references := regexp.MustCompile(`(?:href|src)="([^"]+)"`).FindAllStringSubmatch(page, -1)
	assert.Len(t, references, 3)
	for _, r := range references {
		assert.Contains(t, files, strings.TrimPrefix(r[1], "."))
	}
	for _, name := range []string{"pairweb.css", "pairweb.js", "pairweb-stream.js", "denied.html"} {
		body, err := fs.ReadFile(os.DirFS("assets"), name)
		require.NoError(t, err)
		assert.NotRegexp(t, `https?:|@import|url\(|innerHTML|eval\(`, string(body), name)
	}
	for _, want := range []string{`lang="en"`, `name="viewport"`, "<noscript>", `role="status"`, "<h1"} {
		assert.Contains(t, page, want)
	}
}

func TestDenied(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	functions := map[string]func(*http.Request) (int64, error){"error": deny, "ID below 1": allow(0)}
	for name, authorize := range functions {
		handler := pairweb.NewHandler(h.Client(), authorize)
		for _, target := range []string{"/", "/events", "/pairweb.js", "/pair", ""} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/pair"+target, http.NoBody)
			recorder := httptest.NewRecorder()
			http.StripPrefix("/pair", handler).ServeHTTP(recorder, r)
			assert.Equal(t, http.StatusForbidden, recorder.Code, "%s %s", name, target)
			assert.Contains(t, recorder.Body.String(), "You do not have access to this page")
			assert.NotContains(t, recorder.Body.String(), "secret")
		}
		assert.Empty(t, get(t, handler, http.MethodHead, "/").Body.String())
	}
	assert.Empty(t, h.Requests())
}

func TestMethods(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		response := get(t, h.handler, method, "/events")
		assert.Equal(t, http.StatusMethodNotAllowed, response.Code)
		assert.Equal(t, "GET, HEAD", response.Header().Get("Allow"))
	}
	head := get(t, h.handler, http.MethodHead, "/events")
	assert.Equal(t, http.StatusOK, head.Code)
	assert.Equal(t, "text/event-stream; charset=utf-8", head.Header().Get("Content-Type"))
	assert.Empty(t, h.Requests(), "HEAD starts no pairing")
}

// The page refers to its files relative to its URL in the browser, with or without a final slash, and keeps the query.
func TestPage_fileURLs(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	mux := http.NewServeMux()
	mux.Handle("/stripped/", http.StripPrefix("/stripped", h.handler))
	mux.Handle("/stripped", http.StripPrefix("/stripped", h.handler))
	mux.Handle("/clipped/", http.StripPrefix("/clipped/", h.handler))
	mux.Handle("/devices/{id}/pair/", h.handler)
	mux.Handle("/a/{rest...}", h.handler)
	tests := map[string]string{
		"/stripped/":               "./pairweb.js",
		"/stripped":                "./stripped/pairweb.js",
		"/stripped/?ticket=a%2Fb":  "./pairweb.js?ticket=a%2Fb",
		"/stripped?x=1&y=%2F":      "./stripped/pairweb.js?x=1&amp;y=%2F",
		"/stripped?u=https://x/":   "./stripped/pairweb.js?u=https://x/",
		"/stripped/?a=%22%3E%3Cb'": "./pairweb.js?a=%22%3E%3Cb%27",
		"/clipped/":                "./pairweb.js",
		"/devices/7/pair/":         "./pairweb.js",
		"/a/b":                     "./b/pairweb.js",
		"/a/b/":                    "./pairweb.js",
		"/a/odd%20%2F:name":        "./odd%20%2F:name/pairweb.js",
		"/a/https:evil.example":    "./https:evil.example/pairweb.js",
	}
	for target, want := range tests {
		response := get(t, mux, http.MethodGet, target)
		assert.Equal(t, http.StatusOK, response.Code, target)
		assert.Contains(t, response.Body.String(), `<script src="`+want+`"`, target)

		script, err := url.Parse(html.UnescapeString(want))
		require.NoError(t, err)
		page, err := url.Parse(target)
		require.NoError(t, err)
		response = get(t, mux, http.MethodGet, page.ResolveReference(script).String())
		assert.Equal(t, "text/javascript; charset=utf-8", response.Header().Get("Content-Type"), target)
	}
}

// Behind middleware that removes final slashes, a redirect to a path with a final slash would loop.
func TestMiddleware_removesFinalSlash(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	mux := http.NewServeMux()
	mux.Handle("/pair/{id}", h.handler)
	mux.Handle("/pair/{id}/{file}", h.handler)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path, slash := strings.CutSuffix(r.URL.Path, "/"); slash {
			w.Header().Set("Location", path)
			w.WriteHeader(http.StatusMovedPermanently)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	for _, target := range []string{"/pair/1/", "/pair/1", "/pair/1/pairweb.js"} {
		status, _ := fetch(t, server, target)
		assert.Equal(t, http.StatusOK, status, target)
	}
}

// Middleware may pass on a request that it created itself.
func TestPage_withoutRequestURI(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/pair", http.NoBody)
	r.RequestURI = ""
	recorder := httptest.NewRecorder()
	h.handler.ServeHTTP(recorder, r)
	assert.Contains(t, recorder.Body.String(), `"./pair/pairweb.js"`)
}

func TestEvents_fromAnotherSite(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	for _, site := range []string{"cross-site", "same-site"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/events", http.NoBody)
		r.Header.Set("Sec-Fetch-Site", site)
		recorder := httptest.NewRecorder()
		h.handler.ServeHTTP(recorder, r)
		assert.Equal(t, http.StatusForbidden, recorder.Code, site)
	}
	assert.Empty(t, h.Requests())
}

// plainWriter cannot flush, like the writer of middleware that buffers.
type plainWriter struct{ recorder *httptest.ResponseRecorder }

func (w plainWriter) Header() http.Header         { return w.recorder.Header() }
func (w plainWriter) WriteHeader(status int)      { w.recorder.WriteHeader(status) }
func (w plainWriter) Write(p []byte) (int, error) { return w.recorder.Write(p) }

func TestEvents_writerWithoutFlush(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	h := newFixture(t, whatspie.Device{}, pairweb.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	recorder := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/events", http.NoBody)
	h.handler.ServeHTTP(plainWriter{recorder}, r)
	h.handler.Close()
	assert.Equal(t, http.StatusInternalServerError, recorder.Code)
	assert.Equal(t, "This server cannot stream.\n", recorder.Body.String())
	assert.Contains(t, log.String(), "cannot stream")
}

func TestNewHandler_nilArguments(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	assert.Panics(t, func() { pairweb.NewHandler(nil, deny) })
	assert.Panics(t, func() { pairweb.NewHandler(h.Client(), nil) })
}

func TestNewHandler_invalidPairOptions(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	valid := pairweb.WithPairOptions(whatspie.WithMaxQRCodes(3))
	assert.NotPanics(t, func() { pairweb.NewHandler(h.Client(), deny, valid) })
	for want, option := range map[string]whatspie.PairOption{
		"WithMaxQRCodes: 0 is below 1":     whatspie.WithMaxQRCodes(0),
		"WithQRRecheck: 999ms is below 1s": whatspie.WithQRRecheck(999 * time.Millisecond),
		"a pair option is nil":             nil,
	} {
		func() {
			defer func() {
				assert.Regexp(t, "^pairweb: WithPairOptions: .*: "+want+"$", recover())
			}()
			pairweb.NewHandler(h.Client(), deny, pairweb.WithPairOptions(option), valid)
		}()
	}
	assert.Empty(t, h.Requests())
}
